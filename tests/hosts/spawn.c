/* A host that starts other programs while its threads are inside calls and a download.
 *
 * The library promises that these programs inherit none of its descriptors. The program starts
 * itself 200 times, by posix_spawn and by vfork, with the number of descriptors that it had at the
 * beginning as the argument. Each copy exits with 0 if it has just as many.
 */
#define _GNU_SOURCE
#include "host.h"
#include <pthread.h>
#include <spawn.h>

enum { THREADS = 4, CHILDREN = 200 };

extern char **environ;
static volatile int stop;

static void *calling_thread(void *url_variable) {
    while (!stop) {
        anchor_client *client = new_client(url_variable, 20000);
        for (int i = 0; i < 5; i++) {
            CHECK(pause_recording(client, "abc") == ANCHOR_OK);
        }
        CHECK(anchor_free(client) == ANCHOR_OK);
    }
    return NULL;
}

static void *downloading_thread(void *url_variable) {
    char folder[] = "/tmp/anchor-host-XXXXXX", file[sizeof folder + 16];
    CHECK(mkdtemp(folder) != NULL);
    snprintf(file, sizeof file, "%s/video.mp4", folder);
    anchor_client *client = new_client(url_variable, 20000);
    while (!stop) {
        CHECK(anchor_download_recording(client, "abc", file, NULL, NULL) == ANCHOR_OK && unlink(file) == 0);
    }
    CHECK(anchor_free(client) == ANCHOR_OK && rmdir(folder) == 0);
    return NULL;
}

static void check_child(const char *program, char *descriptors, int by_vfork) {
    char *argv[] = {(char *)program, descriptors, NULL};
    pid_t child;
    if (by_vfork) {
        child = vfork();
        if (child == 0) {
            execv(program, argv);
            _exit(1);
        }
    } else {
        CHECK(posix_spawn(&child, program, NULL, NULL, argv, environ) == 0);
    }
    check_exit_code(child, 0);
}

int main(int argc, char **argv) {
    char *urls[THREADS] = {"SANDBOX_URL", "SANDBOX_TLS_URL", "NAMED_URL", "SANDBOX_URL"};
    pthread_t threads[THREADS];
    char descriptors[16];
    alarm(60);
    if (argc > 1) {
        return count_descriptors() == atoi(argv[1]) ? 0 : 1;
    }
    snprintf(descriptors, sizeof descriptors, "%d", count_descriptors());
    set_named_url();
    for (int i = 0; i < THREADS; i++) {
        void *(*body)(void *) = i == THREADS - 1 ? downloading_thread : calling_thread;
        CHECK(pthread_create(&threads[i], NULL, body, urls[i]) == 0);
    }
    for (int i = 0; i < CHILDREN; i++) {
        check_child(argv[0], descriptors, i % 2);
    }
    stop = 1;
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    printf("%d programs started during calls, 0 descriptors inherited\n", CHILDREN);
    return 0;
}
