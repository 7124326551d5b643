/* A handle of libcurl that pauses a recording. The response body is kept, but only the status is
 * checked, whereas libanchor parses the JSON. */
#ifndef CURL_CALLER_H
#define CURL_CALLER_H

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct body {
    char text[4096];
    size_t length;
};

static struct curl_slist *headers;

static void prepare_curl(void) {
    curl_global_init(CURL_GLOBAL_ALL);
    headers = curl_slist_append(headers, "anchor-api-key: sk-benchmark");
    headers = curl_slist_append(headers, "Accept: application/json");
    headers = curl_slist_append(headers, "User-Agent: benchmark/1.0");
    headers = curl_slist_append(headers, "Content-Type:");
}

static size_t append(const char *bytes, size_t size, size_t count, void *user) {
    struct body *body = user;
    const size_t room = sizeof body->text - body->length, length = size * count < room ? size * count : room;
    memcpy(body->text + body->length, bytes, length);
    body->length += length;
    return size * count;
}

static CURL *new_curl_caller(const char *url, struct body *body) {
    char endpoint[256];
    CURL *caller = curl_easy_init();
    snprintf(endpoint, sizeof endpoint, "%s/v1/sessions/session-id/recordings/pause", url);
    curl_easy_setopt(caller, CURLOPT_URL, endpoint);
    curl_easy_setopt(caller, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(caller, CURLOPT_POSTFIELDS, "");
    curl_easy_setopt(caller, CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(caller, CURLOPT_WRITEDATA, body);
    curl_easy_setopt(caller, CURLOPT_TIMEOUT_MS, 30000L);
    curl_easy_setopt(caller, CURLOPT_NOSIGNAL, 1L);
    /* The default, made explicit: HTTP/2 over TLS if the server offers it. */
    curl_easy_setopt(caller, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    /* The other programs read the variable by themselves. */
    curl_easy_setopt(caller, CURLOPT_CAINFO, getenv("SSL_CERT_FILE"));
    return caller;
}

#endif
