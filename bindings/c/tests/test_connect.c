/* Connecting before a call: what the server sees, failures, cancellation, queues and forks. */
#include <pthread.h>

#include "test_client.h"
#include "test_connection.h"

#define DEADLINE_S 120

/** For a listener that never answers. A slow machine begins the TLS handshake within this time. */
static const anchor_easy_call hasty = {.timeout_ms = 1000};

/** A client of this server, which connects once and trusts the sandbox. */
static anchor_client *open_client_of(const char *base_url) {
    const anchor_easy_config config = {.base_url = base_url,
                                       .max_retries = ANCHOR_EASY_NO_RETRIES,
                                       .ca_file = from_environment("SANDBOX_CA"),
                                       .proxy = ""};
    return open_client(config);
}

/** Checks a success. There is no answer, so nothing is known about one. */
static void check_connected(anchor_easy_result result) {
    CHECK_ROW(result.message, result.status == ANCHOR_OK && result.message[0] == '\0');
    CHECK(result.attempts == 1 && result.http_status == 0);
    CHECK(result.request_id[0] == '\0' && result.retry_after_ms == 0);
}

static void check_failed(anchor_easy_result result, int32_t status) {
    CHECK_ROW(result.message, result.status == status);
    CHECK_ROW(result.message, is_presentable(result.message) && strstr(result.message, "connecting") != NULL);
    CHECK(result.attempts == 1 && result.http_status == 0 && result.request_id[0] == '\0');
}

static void test_the_next_calls_use_the_connection(void) {
    const unsigned connection = next_connection();
    const unsigned before = request_count();
    anchor_client *client = open_client_without_retries();
    check_connected(anchor_easy_connect(client));
    /* It is still free. */
    check_connected(anchor_easy_connect(client));
    CHECK(request_count() == before && next_connection() == connection + 2);
    CHECK(anchor_easy_pause(client, "abc").status == ANCHOR_OK && last_connection() == connection);
    CHECK(anchor_easy_resume(client, "abc").status == ANCHOR_OK && last_connection() == connection);
    anchor_easy_close(&client);
}

static void test_nothing_is_sent_and_closing_the_client_closes_the_connection(void) {
    const test_listener listener = start_listener();
    anchor_client *client = open_client_of(listener.http_url);
    check_connected(anchor_easy_connect(client));
    check_connected(anchor_easy_connect(client));
    const int connection = accept_connection(&listener, PATIENCE_MS);
    CHECK(connection >= 0 && accept_connection(&listener, 0) < 0);
    anchor_easy_close(&client);
    CHECK(drain_connection(connection) == 0);
    close_socket(listener.socket);
}

static void test_each_failure_is_reported(void) {
    const test_listener silent = start_listener();
    const unsigned before = request_count();
    const struct {
        const char *base_url;
        int32_t status;
        uint64_t timeout_ms;
    } rows[] = {
        {refusing_url(), ANCHOR_CONNECT_FAILED, 0},
        {UNRESOLVABLE_URL, ANCHOR_CONNECT_FAILED, PATIENCE_MS},
        {silent.https_url, ANCHOR_TIMEOUT, hasty.timeout_ms},
        {from_environment("SANDBOX_TLS_URL"), ANCHOR_TLS_FAILED, 0},
    };
    for (size_t row = 0; row < ROWS(rows); row++) {
        const anchor_easy_call settings = {.timeout_ms = rows[row].timeout_ms};
        const int is_trusted = rows[row].status != ANCHOR_TLS_FAILED;
        const anchor_easy_config config = {.base_url = rows[row].base_url,
                                           .max_retries = ANCHOR_EASY_NO_RETRIES,
                                           .ca_file = is_trusted ? from_environment("SANDBOX_CA") : NULL,
                                           .proxy = ""};
        anchor_client *client = open_client(config);
        check_failed(anchor_easy_connect_with(client, &settings), rows[row].status);
        anchor_easy_close(&client);
    }
    CHECK(request_count() == before);
    /* The beginning of the TLS handshake arrived. Then the connection was closed. */
    CHECK(drain_connection(accept_connection(&silent, PATIENCE_MS)) > 0);
    close_socket(silent.socket);
}

static void test_a_refused_connection_is_retried(void) {
    const anchor_easy_call twice = {.max_retries = 1};
    anchor_client *client = open_client_of(refusing_url());
    const anchor_easy_result result = anchor_easy_connect_with(client, &twice);
    CHECK_ROW(result.message, result.status == ANCHOR_CONNECT_FAILED && result.attempts == 2);
    anchor_easy_close(&client);
}

static void test_a_pause_uses_a_connection_with_tls(void) {
    anchor_client *client = open_client_of(from_environment("SANDBOX_TLS_URL"));
    check_connected(anchor_easy_connect(client));
    const unsigned connected = open_descriptors();
    CHECK(anchor_easy_pause(client, "abc").status == ANCHOR_OK && open_descriptors() == connected);
    anchor_easy_close(&client);
}

static int32_t stop_at_once(void *user, uint64_t done, uint64_t total) {
    CHECK(done == 0 && total == 0);
    ++*(unsigned *)user;
    return 1;
}

static void test_a_progress_function_cancels(void) {
    unsigned asked = 0;
    const anchor_easy_call watched = {.progress = stop_at_once, .user = &asked};
    const test_listener silent = start_listener();
    anchor_client *client = open_client_of(silent.https_url);
    check_failed(anchor_easy_connect_with(client, &watched), ANCHOR_CANCELLED);
    CHECK(asked == 1);
    anchor_easy_close(&client);
    close_socket(silent.socket);
}

/** A call, and the listener that its connection arrives at. */
typedef struct watched_call {
    anchor_call *call;
    test_listener listener;
    int connection;
} watched_call;

static void *cancel_when_connected(void *argument) {
    watched_call *at = (watched_call *)argument;
    at->connection = accept_connection(&at->listener, PATIENCE_MS);
    anchor_call_cancel(at->call);
    return NULL;
}

static void test_another_thread_cancels(void) {
    pthread_t canceller;
    char *error = NULL;
    uint32_t attempts = 1;
    watched_call at = {NULL, start_listener(), -1};
    anchor_client *client = open_client_of(at.listener.https_url);
    CHECK(anchor_call_new(&at.call) == ANCHOR_OK);
    CHECK(pthread_create(&canceller, NULL, cancel_when_connected, &at) == 0);
    CHECK(anchor_connect(client, at.call, &error) == ANCHOR_CANCELLED);
    CHECK(error != NULL && is_presentable(error));
    CHECK(pthread_join(canceller, NULL) == 0 && drain_connection(at.connection) >= 0);
    anchor_free(error);
    /* It stays cancelled, so that nothing is begun. */
    CHECK(anchor_connect(client, at.call, NULL) == ANCHOR_CANCELLED);
    CHECK(anchor_call_attempts(at.call, &attempts) == ANCHOR_OK && attempts == 0);
    CHECK(accept_connection(&at.listener, 0) < 0);
    anchor_free(at.call);
    anchor_easy_close(&client);
    close_socket(at.listener.socket);
}

static void test_unusable_arguments_are_refused(void) {
    const anchor_easy_call endless = {.timeout_ms = UINT64_MAX};
    anchor_call *call = NULL;
    const test_listener listener = start_listener();
    anchor_client *client = open_client_of(listener.http_url);
    anchor_client *stale = client;
    CHECK(anchor_call_new(&call) == ANCHOR_OK);
    anchor_easy_result result = anchor_easy_connect_with(client, &endless);
    CHECK(result.status == ANCHOR_INVALID_ARGUMENT && begins_with(result.message, "call: timeout_ms "));
    result = anchor_easy_connect(NULL);
    CHECK(result.status == ANCHOR_INVALID_ARGUMENT && begins_with(result.message, "client "));
    CHECK(result.attempts == 0);
    /* One of another kind, and one that was freed. */
    CHECK(anchor_connect((anchor_client *)call, NULL, NULL) == ANCHOR_INVALID_HANDLE);
    CHECK(anchor_free(call) == ANCHOR_OK);
    CHECK(anchor_connect(client, call, NULL) == ANCHOR_INVALID_HANDLE);
    anchor_easy_close(&client);
    result = anchor_easy_connect(stale);
    CHECK(result.status == ANCHOR_INVALID_HANDLE && begins_with(result.message, "client was freed"));
    CHECK(result.attempts == 0 && accept_connection(&listener, 0) < 0);
    close_socket(listener.socket);
}

static void test_the_message_is_an_output_that_may_be_null(void) {
    char unwritten = '?';
    char *error = &unwritten;
    anchor_client *client = open_client_without_retries();
    CHECK(anchor_connect(NULL, NULL, NULL) == ANCHOR_INVALID_ARGUMENT);
    CHECK(anchor_connect(client, NULL, NULL) == ANCHOR_OK);
    CHECK(anchor_connect(client, NULL, &error) == ANCHOR_OK && error == NULL);
    anchor_easy_close(&client);
    client = open_client_of(refusing_url());
    CHECK(anchor_connect(client, NULL, NULL) == ANCHOR_CONNECT_FAILED);
    CHECK(anchor_connect(client, NULL, &error) == ANCHOR_CONNECT_FAILED && error != NULL);
    CHECK(anchor_free(error) == ANCHOR_OK);
    anchor_easy_close(&client);
}

/** A queue, and a call that is bound to it. */
typedef struct bound_call {
    anchor_queue *queue;
    anchor_call *call;
} bound_call;

static bound_call bind_call(void) {
    bound_call made = {NULL, NULL};
    CHECK(anchor_queue_new(0, &made.queue) == ANCHOR_OK && anchor_call_new(&made.call) == ANCHOR_OK);
    CHECK(anchor_call_set_queue(made.call, made.queue, 7) == ANCHOR_OK);
    return made;
}

/** Takes the completion of the call, and returns its status. */
static int32_t take_completion(bound_call at) {
    uint64_t tag = 0;
    int32_t status = -1;
    char *error = NULL;
    CHECK(anchor_queue_next(at.queue, PATIENCE_MS, &tag, &status, &error) == ANCHOR_OK && tag == 7);
    CHECK((error != NULL) == (status != ANCHOR_OK) && (error == NULL || is_presentable(error)));
    anchor_free(error);
    return status;
}

static void test_calls_of_a_queue_use_the_connection(void) {
    const unsigned connection = next_connection();
    const bound_call at = bind_call();
    anchor_client *client = open_client_without_retries();
    CHECK(anchor_connect(client, at.call, NULL) == ANCHOR_OK && take_completion(at) == ANCHOR_OK);
    CHECK(next_connection() == connection + 2);
    for (int round = 0; round < 2; round++) {
        CHECK(anchor_pause_recording(client, "abc", at.call, NULL) == ANCHOR_OK);
        CHECK(take_completion(at) == ANCHOR_OK && last_connection() == connection);
    }
    anchor_easy_close(&client);
    client = open_client_of(refusing_url());
    CHECK(anchor_connect(client, at.call, NULL) == ANCHOR_OK);
    CHECK(take_completion(at) == ANCHOR_CONNECT_FAILED);
    anchor_easy_close(&client);
    anchor_free(at.call);
    anchor_free(at.queue);
}

static void test_freeing_the_queue_ends_the_connection(void) {
    int32_t status = -1;
    const test_listener silent = start_listener();
    const bound_call at = bind_call();
    anchor_client *client = open_client_of(silent.https_url);
    CHECK(anchor_connect(client, at.call, NULL) == ANCHOR_OK);
    const int connection = accept_connection(&silent, PATIENCE_MS);
    CHECK(anchor_free(at.queue) == ANCHOR_OK && drain_connection(connection) >= 0);
    CHECK(anchor_queue_next(at.queue, 0, NULL, &status, NULL) == ANCHOR_INVALID_HANDLE);
    CHECK(anchor_free(at.call) == ANCHOR_OK);
    anchor_easy_close(&client);
    close_socket(silent.socket);
}

static void *accept_and_answer(void *listener) {
    const int connection = accept_connection((const test_listener *)listener, PATIENCE_MS);
    CHECK(connection >= 0 && answer_pause(connection));
    close_socket(connection);
    return NULL;
}

static void test_a_connection_that_the_server_closes_is_replaced(void) {
    pthread_t server;
    test_listener listener = start_listener();
    anchor_client *client = open_client_of(listener.http_url);
    for (int round = 0; round < 2; round++) {
        check_connected(anchor_easy_connect(client));
        const int connection = accept_connection(&listener, PATIENCE_MS);
        CHECK(connection >= 0);
        close_socket(connection);
    }
    CHECK(pthread_create(&server, NULL, accept_and_answer, &listener) == 0);
    const anchor_easy_result result = anchor_easy_pause(client, "abc");
    CHECK_ROW(result.message, result.status == ANCHOR_OK && result.attempts == 1);
    CHECK(pthread_join(server, NULL) == 0);
    anchor_easy_close(&client);
    close_socket(listener.socket);
}

static void test_no_descriptor_is_left(void) {
    const test_listener silent = start_listener();
    const unsigned before = open_descriptors();
    for (int round = 0; round < 2; round++) {
        /* One after the other, because clients with the same settings share their connections. */
        anchor_client *unused = open_client_without_retries();
        check_connected(anchor_easy_connect(unused));
        anchor_easy_close(&unused);
        anchor_client *used = open_client_without_retries();
        check_connected(anchor_easy_connect(used));
        CHECK(anchor_easy_pause(used, "abc").status == ANCHOR_OK);
        anchor_easy_close(&used);
        anchor_client *failed = open_client_of(silent.https_url);
        CHECK(anchor_easy_connect_with(failed, &hasty).status == ANCHOR_TIMEOUT);
        anchor_easy_close(&failed);
        CHECK(open_descriptors() == before);
    }
    close_socket(silent.socket);
}

#if !defined _WIN32 && !defined EMULATED

static void test_a_forked_child_makes_its_own_connection(void) {
    const unsigned connection = next_connection();
    anchor_client *client = open_client_without_retries();
    check_connected(anchor_easy_connect(client));
    const pid_t child = fork();
    if (child == 0) {
        alarm(DEADLINE_S);
        const int is_connected = anchor_easy_connect(client).status == ANCHOR_OK;
        const int is_paused = anchor_easy_pause(client, "abc").status == ANCHOR_OK;
        const int is_own = last_connection() == connection + 1;
        anchor_easy_close(&client);
        _exit(is_connected && is_paused && is_own ? 0 : 1);
    }
    CHECK(has_succeeded(child));
    CHECK(anchor_easy_pause(client, "abc").status == ANCHOR_OK && last_connection() == connection);
    anchor_easy_close(&client);
}

/** Forks once, and continues in the child. The parent waits for it, and cancels the call. */
static int32_t fork_once(void *user, uint64_t done, uint64_t total) {
    (void)done;
    (void)total;
    pid_t *child = (pid_t *)user;
    *child = fork();
    if (*child == 0) {
        alarm(DEADLINE_S);
        return 0;
    }
    CHECK(has_succeeded(*child));
    return 1;
}

static void test_a_call_is_over_in_a_child_that_was_forked_meanwhile(void) {
    pid_t child = -1;
    const anchor_easy_call forking = {.progress = fork_once, .user = &child};
    const test_listener silent = start_listener();
    anchor_client *client = open_client_of(silent.https_url);
    const anchor_easy_result result = anchor_easy_connect_with(client, &forking);
    if (child == 0) {
        _exit(result.status == ANCHOR_CONNECTION_LOST && is_presentable(result.message) ? 0 : 1);
    }
    check_failed(result, ANCHOR_CANCELLED);
    anchor_easy_close(&client);
    close_socket(silent.socket);
}

#endif

int main(void) {
    alarm(DEADLINE_S);
    /* First, because the thread of a queue ends later than the queue. */
    test_no_descriptor_is_left();
    test_a_pause_uses_a_connection_with_tls();
    test_the_next_calls_use_the_connection();
    test_nothing_is_sent_and_closing_the_client_closes_the_connection();
    test_each_failure_is_reported();
    test_a_refused_connection_is_retried();
    test_a_progress_function_cancels();
    test_another_thread_cancels();
    test_unusable_arguments_are_refused();
    test_the_message_is_an_output_that_may_be_null();
    test_calls_of_a_queue_use_the_connection();
    test_freeing_the_queue_ends_the_connection();
    test_a_connection_that_the_server_closes_is_replaced();
#if !defined _WIN32 && !defined EMULATED
    test_a_forked_child_makes_its_own_connection();
    test_a_call_is_over_in_a_child_that_was_forked_meanwhile();
#endif
    return conclude_test("test_connect");
}
