/* A host whose CA files are not what they should be.
 *
 * The library promises that it reads regular files of at most 16 MB, never waits for another
 * process, and refuses everything else by name. The program tries FIFOs, devices, folders, sockets
 * and files without end as the CA file, as SSL_CERT_FILE and as SSL_CERT_DIR.
 */
#define _GNU_SOURCE
#include "host.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define FOLDER "build/hosts/trust.d"

static int refused, used;

/* What makes a path unusable, as its message says. */
static const struct {
    const char *path;
    const char *flaw;
} SPECIAL[] = {
    {FOLDER "/fifo", "is a FIFO"},
    {FOLDER "/link-to-fifo", "is a FIFO"},
    {FOLDER "/socket", "is a socket"},
    {"/dev/zero", "is a device"},
    {"/dev/random", "is a device"},
    {"/dev/tty", "is a device"},
    {"/proc/self/fd/0", "is a FIFO"},
    {FOLDER "/missing", "cannot be read: No such file or directory"},
    {FOLDER "/long.pem", "is longer than 16 MB"},
    {FOLDER "/empty.pem", "contains no certificate"},
    {FOLDER "/junk.pem", "contains no certificate"},
    {FOLDER "/cut.pem", ""},
    {FOLDER "/undecodable.pem", "that can"},
};
enum { SPECIALS = sizeof SPECIAL / sizeof *SPECIAL };

static void copy(const char *from, const char *to, size_t padding) {
    char bytes[65536];
    FILE *source = fopen(from, "r"), *target = fopen(to, "w");
    CHECK(source != NULL && target != NULL);
    size_t length = fread(bytes, 1, sizeof bytes, source);
    CHECK(length > 0 && length < sizeof bytes && fwrite(bytes, 1, length, target) == length);
    memset(bytes, '\n', sizeof bytes);
    for (; padding > 0; padding -= padding < sizeof bytes ? padding : sizeof bytes) {
        CHECK(fwrite(bytes, 1, padding < sizeof bytes ? padding : sizeof bytes, target) > 0);
    }
    CHECK(fclose(source) == 0 && fclose(target) == 0);
}

static void write_text(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void make_files(void) {
    const char *certificate = getenv("SANDBOX_CA");
    const struct sockaddr_un address = {AF_UNIX, FOLDER "/socket"};
    struct stat found;
    CHECK(system("rm -rf " FOLDER) == 0);
    CHECK(mkdir(FOLDER, 0755) == 0 && mkdir(FOLDER "/store", 0755) == 0 && mkdir(FOLDER "/none", 0755) == 0);
    CHECK(mkfifo(FOLDER "/fifo", 0644) == 0 && symlink("fifo", FOLDER "/link-to-fifo") == 0);
    CHECK(bind(socket(AF_UNIX, SOCK_STREAM, 0), (const struct sockaddr *)&address, sizeof address) == 0);
    CHECK(stat(certificate, &found) == 0);
    size_t limit = 16 * 1024 * 1024 - (size_t)found.st_size;
    /* The certificate is at the beginning: to cut the file would not be noticed. */
    copy(certificate, FOLDER "/long.pem", limit + 1);
    copy(certificate, FOLDER "/longest.pem", limit);
    write_text(FOLDER "/empty.pem", "");
    write_text(FOLDER "/junk.pem", "junk\n");
    write_text(FOLDER "/cut.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n");
    write_text(FOLDER "/undecodable.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    /* A folder that is a trust store, apart from what else is in it. */
    copy(certificate, FOLDER "/store/ca.pem", 0);
    CHECK(mkfifo(FOLDER "/store/fifo.0", 0644) == 0 && symlink("/dev/zero", FOLDER "/store/zero.0") == 0);
    CHECK(mkfifo(FOLDER "/none/fifo.0", 0644) == 0 && symlink("missing", FOLDER "/none/missing.0") == 0);
}

/* A client of the TLS sandbox with this CA file, and one call. */
static int32_t call(const char *ca_file, char **error) {
    anchor_options *options;
    anchor_client *client;
    CHECK(anchor_options_new(&options) == ANCHOR_OK);
    anchor_options_set_base_url(options, getenv("SANDBOX_TLS_URL"));
    anchor_options_set_ca_file(options, ca_file);
    int32_t status = anchor_client_new(NULL, options, &client, error);
    if (status == ANCHOR_OK) {
        status = anchor_pause_recording(client, "abc", NULL, error);
        anchor_free(client);
    }
    anchor_free(options);
    return status;
}

/* Runs in a child, because a connection pool keeps what it trusts. A NULL flaw means success. */
static void check(const char *variable, const char *value, const char *ca_file, int32_t expected,
                  const char *name, const char *flaw) {
    pid_t child = fork();
    if (child == 0) {
        char *error = NULL;
        int input[2];
        alarm(10);
        CHECK(pipe(input) == 0 && dup2(input[0], 0) == 0);
        if (variable != NULL) {
            setenv(variable, value, 1);
        }
        int32_t status = call(ca_file, &error);
        if (status != expected ||
            (flaw != NULL && (strstr(error, flaw) == NULL || strstr(error, name) == NULL))) {
            fprintf(stderr, "%s=%s: status %d, %s\n", name, value, status,
                    error == NULL ? "no message" : error);
            _exit(1);
        }
        _exit(0);
    }
    check_exit_code(child, 0);
    *(flaw == NULL ? &used : &refused) += 1;
}

int main(void) {
    alarm(120);
    make_files();
    for (int i = 0; i < SPECIALS; i++) {
        const char *path = SPECIAL[i].path, *flaw = SPECIAL[i].flaw;
        if (access(path, F_OK) != 0 && errno != ENOENT) {
            continue;
        }
        check(NULL, path, path, ANCHOR_INVALID_ARGUMENT, "ca_file", flaw);
        check("SSL_CERT_FILE", path, NULL, ANCHOR_TLS_FAILED, "SSL_CERT_FILE", flaw);
        /* The file that the caller names does not hide what is wrong with the variable. */
        check("SSL_CERT_FILE", path, getenv("SANDBOX_CA"), ANCHOR_TLS_FAILED, "SSL_CERT_FILE", flaw);
        check("SSL_CERT_DIR", path, NULL, ANCHOR_TLS_FAILED, "SSL_CERT_DIR", "cannot be read: No");
    }
    check(NULL, FOLDER, FOLDER, ANCHOR_INVALID_ARGUMENT, "ca_file", "is a folder");
    check("SSL_CERT_FILE", FOLDER, NULL, ANCHOR_TLS_FAILED, "SSL_CERT_FILE", "is a folder");
    check("SSL_CERT_DIR", FOLDER "/none", NULL, ANCHOR_TLS_FAILED, "SSL_CERT_DIR", "contains no certificate");
    check("SSL_CERT_DIR", FOLDER "/store:" FOLDER "/none", NULL, ANCHOR_TLS_FAILED, "SSL_CERT_DIR", "/none");
    /* Reading this file of /proc waits for messages of the kernel, although it looks regular. */
    if (access("/proc/kmsg", R_OK) == 0) {
        check(NULL, "/proc/kmsg", "/proc/kmsg", ANCHOR_INVALID_ARGUMENT, "ca_file", "/proc/kmsg");
        check("SSL_CERT_FILE", "/proc/kmsg", NULL, ANCHOR_TLS_FAILED, "SSL_CERT_FILE", "/proc/kmsg");
    }
    check(NULL, FOLDER "/longest.pem", FOLDER "/longest.pem", ANCHOR_OK, "ca_file", NULL);
    check("SSL_CERT_FILE", FOLDER "/longest.pem", NULL, ANCHOR_OK, "SSL_CERT_FILE", NULL);
    check("SSL_CERT_DIR", FOLDER "/store", NULL, ANCHOR_OK, "SSL_CERT_DIR", NULL);
    check("SSL_CERT_FILE", "", getenv("SANDBOX_CA"), ANCHOR_OK, "SSL_CERT_FILE", NULL);
    CHECK(system("rm -rf " FOLDER) == 0);
    printf("%d CA files and folders refused by name, %d used\n", refused, used);
    return 0;
}
