/* A host that never frees meets a polite end, and may go on once it has freed: handles are made until they are refused,
 * twice, and the second time takes no more memory than the first. */
#include "../hosts/host.h"
#include <string.h>

#define MORE_THAN_THERE_ARE 5000000
#define STRINGS 300000

static void *made[MORE_THAN_THERE_ARE];

static long resident_kb(void) {
    char line[256];
    long size = 0;
    FILE *status = fopen("/proc/self/status", "r");
    CHECK(status != NULL);
    while (fgets(line, sizeof line, status) != NULL) {
        sscanf(line, "VmRSS: %ld kB", &size);
    }
    fclose(status);
    return size;
}

static unsigned make_calls(void) {
    unsigned count = 0;
    int32_t status;
    while ((status = anchor_call_new((anchor_call **)&made[count])) == ANCHOR_OK) {
        CHECK(++count < MORE_THAN_THERE_ARE);
    }
    CHECK(status == ANCHOR_RESOURCE_EXHAUSTED && made[count] == NULL);
    return count;
}

/* Clients are refused as well, with a message. */
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
    for (unsigned at = 0; at < count; at++) {
        CHECK(anchor_free(made[at]) == ANCHOR_OK);
    }
    CHECK(anchor_free(made[0]) == ANCHOR_INVALID_HANDLE);
}

static void make_strings(void) {
    for (unsigned at = 0; at < STRINGS; at++) {
        CHECK(anchor_client_new("", NULL, (anchor_client **)&made[at], (char **)&made[at]) ==
              ANCHOR_INVALID_ARGUMENT);
    }
}

int main(void) {
    alarm(300);
    unsigned count = make_calls();
    check_refusal();
    long full = resident_kb();
    free_all(count);
    CHECK(make_calls() == count);
    long again = resident_kb();
    CHECK(again < full + full / 20);
    free_all(count);
    make_strings();
    free_all(STRINGS);
    anchor_client *client = new_client("SANDBOX_URL", 10000);
    CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    CHECK(anchor_free(client) == ANCHOR_OK);
    printf("%u handles, then refused; %ld MB, again %ld MB; %u strings\n", count, full / 1024, again / 1024,
           STRINGS);
    return 0;
}
