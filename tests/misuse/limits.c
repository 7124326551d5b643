/* A host that never frees its handles.
 *
 * The library promises to refuse more handles than it has room for, with a status and a message,
 * and to work again when some were freed. The program makes handles until they are refused, frees
 * them and does the same again: it must get just as many in about the same memory. Then it frees
 * many strings and makes a call.
 */
#include "../hosts/host.h"

#define MORE_THAN_POSSIBLE 5000000
#define STRINGS 300000

static void *made[MORE_THAN_POSSIBLE];

/* Makes call objects until one is refused, and returns how many there were. */
static unsigned make_calls(void) {
    unsigned count = 0;
    int32_t status;
    while ((status = anchor_call_new((anchor_call **)&made[count])) == ANCHOR_OK) {
        CHECK(++count < MORE_THAN_POSSIBLE);
    }
    CHECK(status == ANCHOR_RESOURCE_EXHAUSTED && made[count] == NULL);
    return count;
}

/* Clients and options are refused too, and the message for a client says what to do. */
static void check_refusal(void) {
    anchor_client *client = (anchor_client *)&client;
    anchor_options *options = (anchor_options *)&options;
    char *error;
    CHECK(anchor_client_new(NULL, NULL, &client, &error) == ANCHOR_RESOURCE_EXHAUSTED);
    CHECK(client == NULL && strstr(error, "free") != NULL);
    CHECK(anchor_free(error) == ANCHOR_OK);
    CHECK(anchor_options_new(&options) == ANCHOR_RESOURCE_EXHAUSTED && options == NULL);
}

static void free_all(unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        CHECK(anchor_free(made[i]) == ANCHOR_OK);
    }
    CHECK(anchor_free(made[0]) == ANCHOR_INVALID_HANDLE);
}

static void make_strings(void) {
    for (unsigned i = 0; i < STRINGS; i++) {
        CHECK(anchor_client_new("", NULL, (anchor_client **)&made[i], (char **)&made[i]) ==
              ANCHOR_INVALID_ARGUMENT);
    }
}

int main(void) {
    alarm(300);
    unsigned count = make_calls();
    check_refusal();
    long first_kb = process_status("VmRSS:");
    free_all(count);
    CHECK(make_calls() == count);
    long second_kb = process_status("VmRSS:");
    CHECK(second_kb < first_kb + first_kb / 20);
    free_all(count);
    make_strings();
    free_all(STRINGS);
    anchor_client *client = new_client("SANDBOX_URL", 10000);
    CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    CHECK(anchor_free(client) == ANCHOR_OK);
    printf("%u handles, then refused; %ld MB, again %ld MB; %u strings\n", count, first_kb / 1024,
           second_kb / 1024, STRINGS);
    return 0;
}
