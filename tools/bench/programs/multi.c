/* libcurl's multi interface, with calls that wait for a connection that they can share. Without a limit
 * of connections, libcurl opens one for each call that finds no room on the first. */
#include "curl_caller.h"
#include "sessions.h"

/* The requests that libcurl has in flight on a connection. */
#define STREAMS 100

static CURLM *multi;
static CURL **callers;
static struct body *bodies;

void prepare(const char *url, int sessions) {
    prepare_curl();
    multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
    curl_multi_setopt(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, (long)STREAMS);
    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)(sessions + STREAMS - 1) / STREAMS);
    callers = calloc((size_t)sessions, sizeof *callers);
    bodies = calloc((size_t)sessions, sizeof *bodies);
    for (int i = 0; i < sessions; i++) {
        callers[i] = new_curl_caller(url, &bodies[i]);
        curl_easy_setopt(callers[i], CURLOPT_PIPEWAIT, 1L);
    }
}

static void take_answers(void) {
    CURLMsg *message;
    for (int left; (message = curl_multi_info_read(multi, &left)) != NULL;) {
        long status = 0;
        check(message->data.result);
        curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
        check(status != 200);
        curl_multi_remove_handle(multi, message->easy_handle);
    }
}

void pause_all(int sessions) {
    for (int i = 0; i < sessions; i++) {
        bodies[i].length = 0;
        check(curl_multi_add_handle(multi, callers[i]));
    }
    for (int running = sessions; running > 0;) {
        check(curl_multi_perform(multi, &running));
        take_answers();
        if (running > 0) {
            check(curl_multi_poll(multi, NULL, 0, 1000, NULL));
        }
    }
    take_answers();
}
