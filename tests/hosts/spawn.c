/* Programs that the host starts while it calls inherit no descriptor of the library's. */
#define _GNU_SOURCE
#include "host.h"
#include <pthread.h>
#include <spawn.h>

enum { CALLERS = 4, CHILDREN = 200, DOWNLOAD = 3 };

extern char **environ;
static volatile int done;

static void *calling(void *url_variable) {
    while (!done) {
        anchor_client *client = new_client(url_variable, 20000);
        for (int call = 0; call < 5; call++) {
            CHECK(pause_recording(client, "abc") == ANCHOR_OK);
        }
        CHECK(anchor_free(client) == ANCHOR_OK);
    }
    return NULL;
}

static void *downloading(void *url_variable) {
    char folder[] = "/tmp/anchor-host-XXXXXX", file[sizeof folder + 16];
    CHECK(mkdtemp(folder) != NULL);
    snprintf(file, sizeof file, "%s/video.mp4", folder);
    anchor_client *client = new_client(url_variable, 20000);
    while (!done) {
        CHECK(anchor_download_recording(client, "abc", file, NULL, NULL) == ANCHOR_OK && unlink(file) == 0);
    }
    CHECK(anchor_free(client) == ANCHOR_OK && rmdir(folder) == 0);
    return NULL;
}

static void check_child(const char *program, char *descriptors, int by_vfork) {
    char *arguments[] = {(char *)program, descriptors, NULL};
    pid_t child;
    if (by_vfork) {
        child = vfork();
        if (child == 0) {
            execv(program, arguments);
            _exit(1);
        }
    } else {
        CHECK(posix_spawn(&child, program, NULL, NULL, arguments, environ) == 0);
    }
    check_ended(child, 0);
}

int main(int count, char **arguments) {
    char *urls[CALLERS] = {"SANDBOX_URL", "SANDBOX_TLS_URL", "NAMED_URL", "SANDBOX_URL"};
    pthread_t threads[CALLERS];
    char descriptors[16];
    alarm(60);
    if (count > 1) {
        return entries("/proc/self/fd") == atoi(arguments[1]) ? 0 : 1;
    }
    snprintf(descriptors, sizeof descriptors, "%d", entries("/proc/self/fd"));
    set_named_url();
    for (int caller = 0; caller < CALLERS; caller++) {
        CHECK(pthread_create(&threads[caller], NULL, caller == DOWNLOAD ? downloading : calling,
                             urls[caller]) == 0);
    }
    for (int child = 0; child < CHILDREN; child++) {
        check_child(arguments[0], descriptors, child % 2);
    }
    done = 1;
    for (int caller = 0; caller < CALLERS; caller++) {
        CHECK(pthread_join(threads[caller], NULL) == 0);
    }
    printf("%d programs started beside calls, 0 descriptors inherited\n", CHILDREN);
    return 0;
}
