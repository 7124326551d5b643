/* Each answer of tests/wrappers/answers.tsv causes its status, in each function of the wrapper. */
#include "test_client.h"
#include "test_tables.h"

#define DEADLINE_S 120

static int count_runs(void *user) {
    ++*(unsigned *)user;
    return 7;
}

/* Pauses with and without a body. The sandbox keeps no state for the sessions of the table, so the
 * body cannot check it. */
static anchor_easy_result pause_twice(anchor_client *client, const answer_row *row) {
    unsigned runs = 0;
    const anchor_easy_held held = anchor_while_paused(client, row->name, count_runs, &runs);
    CHECK_ROW(row->name, held.paused.status == row->status);
    CHECK_ROW(row->name, runs == (row->status == ANCHOR_OK) && held.body == (runs ? 7 : 0));
    return anchor_easy_pause(client, row->name);
}

static anchor_easy_result list(anchor_client *client, const answer_row *row) {
    char *json = (char *)&json;
    const anchor_easy_result result = anchor_easy_list(client, row->name, &json);
    CHECK_ROW(row->name, (json != NULL) == (row->status == ANCHOR_OK));
    anchor_free(json);
    return result;
}

/** Sends a request with and without an output. An empty answer has no JSON. */
static anchor_easy_result request(anchor_client *client, const answer_row *row) {
    char path[128];
    char *json = (char *)&json;
    snprintf(path, sizeof path, "/v1/sessions/%s/anything", row->name);
    CHECK_ROW(row->name, anchor_easy_request(client, "POST", path, NULL, NULL).status == row->status);
    const anchor_easy_result result = anchor_easy_request(client, "POST", path, NULL, &json);
    CHECK_ROW(row->name, json == NULL || (row->status == ANCHOR_OK && json[0] != '\0'));
    CHECK_ROW(row->name, json != NULL || row->status != ANCHOR_OK || row->http_status != 200);
    anchor_free(json);
    return result;
}

static anchor_easy_result ask(anchor_client *client, const answer_row *row) {
    anchor_easy_result none = {0};
    if (strcmp(row->operation, "pause") == 0) {
        return pause_twice(client, row);
    }
    if (strcmp(row->operation, "resume") == 0) {
        return anchor_easy_resume(client, row->name);
    }
    if (strcmp(row->operation, "list") == 0) {
        return list(client, row);
    }
    if (strcmp(row->operation, "delete") == 0) {
        return anchor_easy_delete(client, row->name, "primary");
    }
    if (strcmp(row->operation, "request") == 0) {
        return request(client, row);
    }
    none.status = -1;
    return none;
}

static void test_each_answer_causes_its_status(void) {
    answer_row row;
    unsigned rows = 0;
    anchor_client *client = open_client_without_retries();
    FILE *table = open_answers();
    for (; next_answer(table, &row); rows++) {
        const anchor_easy_result result = ask(client, &row);
        CHECK_ROW(row.name, result.status == row.status);
        CHECK_ROW(row.name, result.http_status == row.http_status && result.attempts == 1);
        CHECK_ROW(row.name, (result.message[0] == '\0') == (result.status == ANCHOR_OK));
    }
    fclose(table);
    CHECK(rows >= FEWEST_ANSWERS && rows == count_rows(open_answers()));
    printf("%u answers\n", rows);
    anchor_easy_close(&client);
}

static void test_null_is_json_and_an_empty_answer_is_not(void) {
    anchor_client *client = open_client_without_retries();
    char *json = NULL;
    CHECK(anchor_easy_request(client, "POST", "/v1/sessions/request-3/anything", NULL, &json).status ==
          ANCHOR_OK);
    CHECK(json != NULL && strcmp(json, "null") == 0);
    anchor_free(json);
    CHECK(anchor_easy_request(client, "POST", "/v1/sessions/request-14/anything", NULL, &json).status ==
          ANCHOR_OK);
    CHECK(json == NULL);
    anchor_easy_close(&client);
}

int main(void) {
    alarm(DEADLINE_S);
    test_each_answer_causes_its_status();
    test_null_is_json_and_an_empty_answer_is_not();
    return conclude_test("test_answers");
}
