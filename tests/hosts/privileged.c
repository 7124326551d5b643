/* A set-user-id program, which runs with more rights than whoever starts it.
 *
 * The library promises that it reads no environment variable there: its caller could have the API
 * key sent to a server of theirs. The program makes itself set-user-id, starts itself as another
 * user, and compares what six variables do with what they do in an ordinary process. Needs root.
 */
#define _GNU_SOURCE
#include "host.h"
#include <fcntl.h>
#include <grp.h>
#include <sys/auxv.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

static const uid_t NOBODY = 65534;
static const char *const UNREACHABLE = "http://127.0.0.1:1";
enum { NOT_PRIVILEGED = 77 };

/* Makes a client and a call. The base URL, the proxy and the key may be NULL. */
static int32_t call(const char *key, const char *base_url, const char *proxy, char **error) {
    anchor_options *options;
    anchor_client *client;
    CHECK(anchor_options_new(&options) == ANCHOR_OK);
    anchor_options_set_base_url(options, base_url);
    anchor_options_set_proxy(options, proxy);
    anchor_options_set_max_retries(options, 0);
    int32_t status = anchor_client_new(key, options, &client, error);
    if (status == ANCHOR_OK) {
        status = anchor_pause_recording(client, "abc", NULL, error);
        anchor_free(client);
    }
    anchor_free(options);
    return status;
}

static void check(int32_t found, int32_t expected, const char *variable, const char *error) {
    if (found != expected) {
        fprintf(stderr, "%s: status %d instead of %d: %s\n", variable, found, expected, error);
        _exit(1);
    }
}

static int use_variables(int is_privileged) {
    const char *plain = getenv("SANDBOX_URL"), *tls = getenv("SANDBOX_TLS_URL");
    char *error = NULL;
    if (is_privileged && getauxval(AT_SECURE) == 0) {
        return NOT_PRIVILEGED;
    }
    /* The key. */
    int32_t status = call(NULL, plain, "", &error);
    check(status, is_privileged ? ANCHOR_INVALID_ARGUMENT : ANCHOR_OK, "ANCHORBROWSER_API_KEY", error);
    CHECK(!is_privileged || (strstr(error, "pass one") != NULL && strstr(error, "set-user-id") != NULL));
    /* The base URL. No proxy listens, so that no request leaves this machine. */
    status = call("sandbox-key", NULL, is_privileged ? UNREACHABLE : NULL, &error);
    check(status, is_privileged ? ANCHOR_CONNECT_FAILED : ANCHOR_OK, "ANCHORBROWSER_BASE_URL", error);
    CHECK(!is_privileged || strstr(error, "https://api.anchorbrowser.io") != NULL);
    /* The sandbox serves as the proxy. The host does not exist. */
    status = call("sandbox-key", "http://api.invalid", NULL, &error);
    check(status, is_privileged ? ANCHOR_CONNECT_FAILED : ANCHOR_OK, "HTTP_PROXY", error);
    status = call("sandbox-key", tls, "", &error);
    check(status, is_privileged ? ANCHOR_TLS_FAILED : ANCHOR_OK, "SSL_CERT_FILE", error);
    return 0;
}

/* These variables make each call fail that reads them. */
static int use_unusable_variables(int is_privileged) {
    char *error = NULL;
    setenv("ANCHORBROWSER_CUSTOM_HEADERS", "no header", 1);
    int32_t status = call("sandbox-key", getenv("SANDBOX_URL"), "", &error);
    check(status, is_privileged ? ANCHOR_OK : ANCHOR_INVALID_ARGUMENT, "ANCHORBROWSER_CUSTOM_HEADERS", error);
    unsetenv("ANCHORBROWSER_CUSTOM_HEADERS");
    return 0;
}

/* Runs this program again: as another user, with the rights of this one; or unchanged. */
static int start(const char *mode, int is_privileged) {
    int program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    char path[] = "build/hosts/privileged.XXXXXX";
    struct stat found;
    int copy = mkstemp(path);
    CHECK(program >= 0 && copy >= 0 && fstat(program, &found) == 0);
    CHECK(sendfile(copy, program, NULL, (size_t)found.st_size) == found.st_size);
    CHECK(fchmod(copy, is_privileged ? 04755 : 0755) == 0);
    close(copy);
    copy = open(path, O_PATH | O_CLOEXEC);
    CHECK(unlink(path) == 0);
    pid_t child = fork();
    if (child == 0) {
        char *arguments[] = {"privileged", (char *)mode, is_privileged ? "privileged" : "ordinary", NULL};
        if (is_privileged) {
            CHECK(setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
        }
        CHECK(fexecve(copy, arguments, environ) == 0);
    }
    int status;
    CHECK(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
    close(program);
    close(copy);
    return WEXITSTATUS(status);
}

int main(int argc, char **argv) {
    alarm(60);
    if (argc == 3) {
        int is_privileged = strcmp(argv[2], "privileged") == 0;
        return strcmp(argv[1], "usable") == 0 ? use_variables(is_privileged)
                                              : use_unusable_variables(is_privileged);
    }
    if (geteuid() != 0) {
        puts("SKIPPED: only root can make a program set-user-id for this test");
        return 0;
    }
    for (int i = 0; i < 2; i++) {
        setenv(i ? "http_proxy" : "HTTP_PROXY", getenv("SANDBOX_URL"), 1);
    }
    setenv("SSL_CERT_FILE", getenv("SANDBOX_CA"), 1);
    for (int is_privileged = 0; is_privileged < 2; is_privileged++) {
        int status = start("usable", is_privileged);
        if (status == NOT_PRIVILEGED) {
            puts("SKIPPED: this file system ignores set-user-id");
            return 0;
        }
        CHECK(status == 0 && start("unusable", is_privileged) == 0);
    }
    puts("6 variables are read in an ordinary process, none in a set-user-id program");
    return 0;
}
