/* A host with another Rust library, and with functions named like those of allocators and cryptography: libanchor calls
 * none of them. Runs under tools/with_sandbox.py. */
#define _GNU_SOURCE
#include "host.h"

int neighbour_panics(void);

#define NEVER(name)                                                                                          \
    void name(void) {                                                                                        \
        fputs("the host's " #name " was called\n", stderr);                                                  \
        _exit(1);                                                                                            \
    }

NEVER(OPENSSL_memory_alloc)
NEVER(OPENSSL_memory_free)
NEVER(OPENSSL_memory_get_size)
NEVER(OPENSSL_memory_realloc)
NEVER(sdallocx)
NEVER(OPENSSL_malloc)
NEVER(SHA256_Update)
NEVER(RAND_bytes)

int main(void) {
    alarm(60);
    CHECK(neighbour_panics());
    anchor_client *client = new_client("SANDBOX_TLS_URL", 10000);
    CHECK(pause_recording(client, "abc") == ANCHOR_OK);
    CHECK(anchor_free(client) == ANCHOR_OK);
    CHECK(neighbour_panics());
    puts("another Rust library works next to it, and none of the host's functions was called");
    return 0;
}
