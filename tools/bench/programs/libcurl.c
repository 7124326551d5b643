/* libcurl's easy interface as its documentation recommends: a handle per thread, which is reused. Of
 * the answer only the status is checked, while libanchor also parses the JSON. */
#include "bench.h"
#include <curl/curl.h>

static struct curl_slist *headers;

void prepare(const char *url) {
    (void)url;
    curl_global_init(CURL_GLOBAL_ALL);
    headers = curl_slist_append(headers, "anchor-api-key: sk-benchmark");
    headers = curl_slist_append(headers, "Accept: application/json");
    headers = curl_slist_append(headers, "User-Agent: benchmark/1.0");
    headers = curl_slist_append(headers, "Content-Type:");
}

static _Thread_local struct answer {
    char text[4096];
    size_t length;
} answer;

static size_t keep(const char *bytes, size_t size, size_t count, void *body) {
    struct answer *answer = body;
    const size_t room = sizeof answer->text - answer->length,
                 length = size * count < room ? size * count : room;
    memcpy(answer->text + answer->length, bytes, length);
    answer->length += length;
    return size * count;
}

void *new_caller(const char *url) {
    char endpoint[256];
    CURL *caller = curl_easy_init();
    snprintf(endpoint, sizeof endpoint, "%s/v1/sessions/session-id/recordings/pause", url);
    curl_easy_setopt(caller, CURLOPT_URL, endpoint);
    curl_easy_setopt(caller, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(caller, CURLOPT_POSTFIELDS, "");
    curl_easy_setopt(caller, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(caller, CURLOPT_WRITEDATA, &answer);
    curl_easy_setopt(caller, CURLOPT_TIMEOUT_MS, 30000L);
    curl_easy_setopt(caller, CURLOPT_NOSIGNAL, 1L);
    /* The default, made explicit: HTTP/2 over TLS if the server supports it. */
    curl_easy_setopt(caller, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    if (getenv("BENCH_CA") != NULL) {
        curl_easy_setopt(caller, CURLOPT_CAINFO, getenv("BENCH_CA"));
    }
    return caller;
}

int call(void *caller) {
    long status = 0;
    answer.length = 0;
    const int failed = curl_easy_perform(caller);
    curl_easy_getinfo(caller, CURLINFO_RESPONSE_CODE, &status);
    return failed != 0 ? failed : status != 200;
}
