/* Succeeds if the loaded library matches the header, and reports a connection failure for a closed port. */
#include <anchor_easy.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    anchor_client *client;
    anchor_easy_config config = {0};
    config.api_key = "key";
    config.base_url = "http://127.0.0.1:1";
    config.max_retries = ANCHOR_EASY_NO_RETRIES;
    anchor_easy_result result = anchor_easy_open(&client, &config);
    if (result.status == ANCHOR_OK) {
        result = anchor_easy_pause(client, "session-id");
    }
    anchor_easy_close(&client);
    printf("libanchor %s for C: %s\n", anchor_version(), result.message);
    return result.status != ANCHOR_CONNECT_FAILED || strcmp(anchor_version(), ANCHOR_VERSION) != 0;
}
