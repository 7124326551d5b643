#define _GNU_SOURCE
#include "inputs.h"
#include "judge.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define PICK(list) (list)[below(COUNT(list))]
#define PAGE 4096
/* The most strings that one step may use. */
#define STRINGS_PER_STEP 4
#define HUGE_BYTES (1 << 20)

_Thread_local unsigned callback_depth;
static _Thread_local uint64_t state;
static _Thread_local char *string_slots[(MAX_DEPTH + 1) * STRINGS_PER_STEP];
static _Thread_local unsigned strings_used[MAX_DEPTH + 1];

/* A string of HUGE_BYTES. */
static char *huge;
static char folder[64];
static char refused_url[64], named_url[64], proxy_with_password[96];

void seed_random(uint64_t seed) {
    state = seed * 0x9E3779B97F4A7C15 + 1;
}

/* xorshift64*, by Vigna. */
uint64_t random_number(void) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545F4914F6CDD1D;
}

unsigned below(unsigned limit) {
    return (unsigned)((random_number() >> 32) * limit >> 32);
}

bool one_in(unsigned times) {
    return below(times) == 0;
}

/* Maps writable memory that is followed by a page which cannot be read. */
static char *map_with_guard(size_t bytes) {
    char *memory = mmap(NULL, bytes + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED && mprotect(memory + bytes, PAGE, PROT_NONE) == 0);
    return memory;
}

/* Returns a copy whose NUL is the last readable byte. */
static const char *guarded(const char *text) {
    if (text == NULL || text == huge) {
        return text;
    }
    char **slot = &string_slots[callback_depth * STRINGS_PER_STEP + strings_used[callback_depth]++];
    CHECK(strings_used[callback_depth] <= STRINGS_PER_STEP && strlen(text) < PAGE * 2);
    if (*slot == NULL) {
        *slot = map_with_guard(PAGE * 2);
    }
    return strcpy(*slot + PAGE * 2 - 1 - strlen(text), text);
}

void discard_strings(void) {
    while (strings_used[callback_depth] > 0) {
        memset(string_slots[callback_depth * STRINGS_PER_STEP + --strings_used[callback_depth]], '!',
               PAGE * 2 - 1);
    }
}

static const char *random_bytes(void) {
    static _Thread_local char bytes[64];
    const unsigned length = below(sizeof bytes);
    for (unsigned i = 0; i < length; i++) {
        bytes[i] = (char)(1 + below(255));
    }
    bytes[length] = '\0';
    return bytes;
}

static const char *repeated(unsigned length) {
    static _Thread_local char text[PAGE * 2];
    memset(text, 'a', length);
    text[length] = '\0';
    return text;
}

static const char *odd_text(void) {
    static const char *const odd[] = {
        NULL,
        "",
        ".",
        "..",
        " ",
        "a\nb",
        "a\tb\x7f",
        "\xff\xfe",
        "\xc0\x80",
        "\xed\xa0\x80",
        "\xf4\x90\x80\x80",
        "\u00fc\u2028\U0001F600",
        "%2e%2e",
        "%00",
        "%",
        "../..",
        "a?b#c",
        "a/b",
        "{}",
        "\\",
        "\"'`$()",
        "%s%n",
        "\x1b[31m",
        "\u202e",
        "-1",
    };
    switch (below(8)) {
    case 0:
        return random_bytes();
    case 1:
        return repeated(below(2) ? 256 : 257);
    case 2:
        return one_in(16) ? huge : "x";
    default:
        return PICK(odd);
    }
}

static const char *any_text(void) {
    return guarded(odd_text());
}

/* Valid half of the time, so that the later steps of a call are reached as well. */
#define VALID_OR(valid, list) guarded(one_in(2) ? (valid) : one_in(4) ? odd_text() : PICK(list))

const char *any_key(void) {
    if (!one_in(4)) {
        return guarded(one_in(2) ? NULL : "sandbox-key");
    }
    static const char *const keys[] = {CANARY "-0123456789", CANARY "\n", CANARY " key", CANARY "\x01",
                                       "\u00fc" CANARY,      "",          ":" CANARY};
    if (one_in(16)) {
        static _Thread_local char key[PAGE * 2];
        for (unsigned length = 0; length < 4092 + 6 * below(3); length += 6) {
            memcpy(key + length, CANARY, sizeof CANARY);
        }
        return guarded(key);
    }
    return guarded(PICK(keys));
}

const char *any_session(void) {
    /* The sandbox of tools/with_sandbox.py has a session for each fault. Calls to those that never
     * answer time out. */
    static const char *const sessions[] = {
        "400",
        "401",
        "403",
        "404",
        "422",
        "429",
        "429-long",
        "500",
        "500-no-retry",
        "502-page",
        "503-once",
        "301",
        "307",
        "html",
        "empty",
        "no-content",
        "garbage",
        "array",
        "error-in-200",
        "gzip",
        "long",
        "deep",
        "truncated",
        "truncated-chunk",
        "close",
        "reset",
        "delay",
        "stall",
        "trickle",
        "endless",
        "answer-then-reset",
        "cut",
        "video-chunked",
        "video-chunked-cut",
        "video-slow",
        "video-empty",
        "no-etag-cut-once",
        "changed-cut-once",
    };
    return VALID_OR("abc", sessions);
}

const char *any_session_to_delete_from(void) {
    static const char *const sessions[] = {"503-once", "400-once-retry", "408-once",    "409-once",
                                           "500-once", "close-once",     "429-once-ms", "reset-once",
                                           "404",      "stall"};
    return VALID_OR("no-content", sessions);
}

const char *any_recording(void) {
    static const char *const recordings[] = {"primary", "other"};
    return VALID_OR("primary", recordings);
}

const char *any_method(void) {
    static const char *const methods[] = {"GET",    "GET", "POST",    "PUT",           "PATCH",
                                          "DELETE", "get", "CONNECT", "GET / HTTP/1.1"};
    return VALID_OR("GET", methods);
}

const char *any_path(void) {
    static const char *const paths[] = {
        "/v1/sessions/abc/recordings",
        "/v1/sessions/abc/recordings/pause",
        "/sandbox/faults",
        "/",
        "//127.0.0.2/x",
        "/v1/sessions/../x",
        "/v1/sessions?page=2",
        "/a b",
        "/%",
        "/#",
        "/v1/sessions/stall/recordings",
        "/\u00fc",
        "v1",
        "http://127.0.0.2/",
        "/@127.0.0.2/",
        "/a\r\nx: y",
    };
    return VALID_OR("/v1/sessions/abc/recordings", paths);
}

const char *any_body(void) {
    static const char *const bodies[] = {NULL, "{}", "{\"a\":1}", "[", "null", "\"", "{}\n{}"};
    return VALID_OR(NULL, bodies);
}

const char *any_base_url(void) {
    static const char *const invalid[] = {
        "ftp://127.0.0.1",        "http://",
        "http://127.0.0.1:99999", "http://user:" CANARY "@127.0.0.1",
        "http://127.0.0.1?q",     "http://127.0.0.1#f",
        "HTTP://127.0.0.1",       "http://[::1",
        "http:\\\\127.0.0.1",     "http://127.0.0.1/\n",
    };
    switch (below(32)) {
    case 0:
        return guarded(PICK(invalid));
    case 1:
        return any_text();
    case 2:
    case 3:
        return guarded(refused_url);
    case 4:
        return guarded(named_url);
    case 5:
        return guarded(getenv("SANDBOX_TLS_URL"));
    case 6:
        return NULL;
    default:
        return guarded(getenv("SANDBOX_URL"));
    }
}

const char *any_ca_file(void) {
    if (one_in(8)) {
        return one_in(2) ? any_text() : guarded(folder);
    }
    return one_in(2) ? NULL : guarded(getenv("SANDBOX_CA"));
}

const char *any_client_certificate(void) {
    /* The CA file has no key. */
    return one_in(8) ? any_ca_file() : NULL;
}

const char *any_proxy(void) {
    const char *const proxies[] = {NULL,
                                   NULL,
                                   NULL,
                                   "",
                                   "",
                                   refused_url,
                                   getenv("SANDBOX_URL"),
                                   proxy_with_password,
                                   "socks5://127.0.0.1:1",
                                   "socks6://127.0.0.1",
                                   "127.0.0.1:1"};
    return one_in(8) ? any_text() : guarded(PICK(proxies));
}

const char *any_header_name(void) {
    static const char *const names[] = {"x-one", "X-One",          "x-two", "anchor-api-key",
                                        "Host",  "Content-Length", "x y"};
    return VALID_OR("x-one", names);
}

const char *any_header_value(void) {
    return one_in(4) ? any_text() : guarded("1");
}

const char *any_wrapper(void) {
    return one_in(4) ? any_text() : guarded("misuse-1.0");
}

const char *any_file(void) {
    static const char *const names[] = {
        "video.mp4", "video.mp4", "other.mp4",     "third.mp4",      "",
        ".",         "folder",    "folder/in.mp4", "missing/in.mp4", "video.mp4/in.mp4",
        "fifo",      "dangling",  "loop",          "null",           "new\nline",
        "\xff",      "-"};
    char path[2 * PAGE + sizeof folder];
    static const char *const invalid_paths[] = {NULL, "", "..", "/", "/nowhere/video.mp4"};
    if (one_in(8)) {
        return guarded(PICK(invalid_paths));
    }
    snprintf(path, sizeof path, "%s/%s", folder, one_in(8) ? repeated(below(2) ? 250 : 300) : PICK(names));
    return guarded(path);
}

uint64_t any_timeout_ms(void) {
    static const uint64_t timeouts[] = {0, 1, 1, 2, 3, 5, 10, 86400001, UINT64_MAX, UINT64_MAX - 1};
    return one_in(2) ? 20 + below(20) : PICK(timeouts);
}

uint32_t any_retries(void) {
    static const uint32_t retries[] = {0, 0, 1, 2, UINT32_MAX};
    return PICK(retries);
}

/* Returns a port that refuses connections. It stays bound, so that nobody else can listen on it. */
static unsigned refusing_port(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    const int bound = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(bound, (struct sockaddr *)&address, size) == 0);
    CHECK(getsockname(bound, (struct sockaddr *)&address, &size) == 0);
    return ntohs(address.sin_port);
}

static void prepare_folder(void) {
    strcpy(folder, "/tmp/anchor-misuse-XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
    const int directory = open(folder, O_DIRECTORY);
    CHECK(directory >= 0 && mkdirat(directory, "folder", 0700) == 0 &&
          mkfifoat(directory, "fifo", 0600) == 0);
    CHECK(symlinkat("nowhere", directory, "dangling") == 0 && symlinkat("loop", directory, "loop") == 0);
    CHECK(symlinkat("/dev/null", directory, "null") == 0);
    close(directory);
}

void prepare_inputs(void) {
    huge = map_with_guard(HUGE_BYTES);
    memset(huge, 'h', HUGE_BYTES - 1);
    CHECK(getenv("SANDBOX_URL") != NULL && getenv("SANDBOX_TLS_URL") != NULL && getenv("SANDBOX_CA") != NULL);
    const unsigned port = refusing_port();
    snprintf(refused_url, sizeof refused_url, "http://127.0.0.1:%u", port);
    snprintf(proxy_with_password, sizeof proxy_with_password, "http://user:" CANARY "@127.0.0.1:%u", port);
    snprintf(named_url, sizeof named_url, "http://localhost%s", strrchr(getenv("SANDBOX_URL"), ':'));
    prepare_folder();
}

static void remove_tree(const char *path) {
    DIR *stream = opendir(path);
    CHECK(stream != NULL);
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            char inside[PAGE];
            snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name);
            if (unlink(inside) != 0) {
                remove_tree(inside);
            }
        }
    }
    closedir(stream);
    CHECK(rmdir(path) == 0);
}

void remove_downloads(void) {
    remove_tree(folder);
}
