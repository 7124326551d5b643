/* libcurl's easy interface, used as its documentation advises: each thread reuses one handle. */
#include "bench.h"
#include "curl_caller.h"

void prepare(const char *url) {
    (void)url;
    prepare_curl();
}

static _Thread_local struct body body;

void *new_caller(const char *url) {
    return new_curl_caller(url, &body);
}

int call(void *caller) {
    long status = 0;
    body.length = 0;
    const int failed = curl_easy_perform(caller);
    curl_easy_getinfo(caller, CURLINFO_RESPONSE_CODE, &status);
    return failed != 0 ? failed : status != 200;
}
