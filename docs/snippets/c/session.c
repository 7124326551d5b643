#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anchor_easy.h"

typedef struct {
    anchor_client *client;
    char id[64];
} session;

/* Prints a failure. Returns whether there was none. */
static int succeeded(anchor_easy_result result) {
    if (result.status != ANCHOR_OK) {
        fprintf(stderr, "%s\n", result.message);
    }
    return result.status == ANCHOR_OK;
}

/* Sends a request about the session. */
static int ask(const session *s, const char *method, const char *action, const char *body) {
    char path[128];
    snprintf(path, sizeof path, "/v1/sessions/%s%s", s->id, action);
    return succeeded(anchor_easy_request(s->client, method, path, body, NULL));
}

/* [begin create] */
static int create(session *s) {
    char *json;
    if (!succeeded(anchor_easy_request(s->client, "POST", "/v1/sessions", "{}", &json))) {
        return 0;
    }
    /* A program of yours would use its JSON library. Playwright, or what else drives the browser,
     * connects to the "cdp_url" in the same object. */
    const char *id = strstr(json, "\"id\"");
    int found = id != NULL && sscanf(id, "\"id\" : \"%63[^\"]", s->id) == 1;
    if (!found) {
        fprintf(stderr, "no id of a session in the answer: %s\n", json);
    }
    anchor_free(json);
    return found;
}
/* [end create] */

/* Returns {"text": "the text"} for the caller to free, or NULL if there is no memory. */
static char *text_as_json(const char *text) {
    char *json = NULL;
    size_t size;
    FILE *out = open_memstream(&json, &size);
    if (out == NULL) {
        return NULL;
    }
    fputs("{\"text\": \"", out);
    for (; *text != '\0'; text++) {
        if (strchr("\"\\", *text) != NULL) {
            fprintf(out, "\\%c", *text);
        } else if ((unsigned char)*text < ' ') {
            fprintf(out, "\\u%04x", (unsigned)*text);
        } else {
            fputc(*text, out);
        }
    }
    fputs("\"}", out);
    return fclose(out) == 0 ? json : NULL;
}

static int type_the_password(void *user) {
    char *json = text_as_json(getenv("LOGIN_PASSWORD"));
    int typed = json != NULL && ask(user, "POST", "/keyboard/type", json);
    free(json);
    return typed ? 0 : 1;
}

static int log_in(const session *s) {
    if (!ask(s, "POST", "/goto", "{\"url\": \"https://example.com/login\"}")) {
        return 0;
    }
    anchor_easy_held held = anchor_while_paused(s->client, s->id, type_the_password, (void *)s);
    return succeeded(held.paused) && held.body == 0 && succeeded(held.resumed);
}

int main(void) {
    if (getenv("LOGIN_PASSWORD") == NULL) {
        fputs("put the password into LOGIN_PASSWORD\n", stderr);
        return 2;
    }
    session s;
    int done = 0;
    if (succeeded(anchor_easy_open(&s.client, NULL)) && create(&s)) {
        int typed = log_in(&s);
        int ended = ask(&s, "DELETE", "", NULL);
        anchor_easy_call hour = {.timeout_ms = 3600000};
        done = typed && ended && succeeded(anchor_easy_download_with(s.client, s.id, "video.mp4", &hour));
    }
    anchor_easy_close(&s.client);
    return !done;
}
