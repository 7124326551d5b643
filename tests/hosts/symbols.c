/* A host that exports functions with the names that allocators and cryptographic libraries use.
 *
 * The library promises that its own parts never call the host's functions instead of their own. The
 * program is built with -rdynamic, so that the dynamic linker could choose its functions. Each of
 * them ends the program with 1.
 */
#define _GNU_SOURCE
#include "host.h"

#define MUST_NOT_BE_CALLED(name)                                                                             \
    void name(void) {                                                                                        \
        fputs("the host's " #name " was called\n", stderr);                                                  \
        _exit(1);                                                                                            \
    }

/* Weak references in the library: it uses them if the host defines them. */
MUST_NOT_BE_CALLED(OPENSSL_memory_alloc)
MUST_NOT_BE_CALLED(OPENSSL_memory_free)
MUST_NOT_BE_CALLED(OPENSSL_memory_get_size)
MUST_NOT_BE_CALLED(OPENSSL_memory_realloc)
MUST_NOT_BE_CALLED(sdallocx)
/* Names that the library defines as well. */
MUST_NOT_BE_CALLED(OPENSSL_malloc)
MUST_NOT_BE_CALLED(OPENSSL_free)
MUST_NOT_BE_CALLED(SHA256_Update)
MUST_NOT_BE_CALLED(EVP_EncryptInit_ex)
MUST_NOT_BE_CALLED(RAND_bytes)

int main(void) {
    alarm(60);
    for (int i = 0; i < 10; i++) {
        anchor_client *client = new_client("SANDBOX_TLS_URL", 10000);
        CHECK(pause_recording(client, "abc") == ANCHOR_OK);
        CHECK(anchor_free(client) == ANCHOR_OK);
    }
    puts("10 functions with names that the library uses, 0 called");
    return 0;
}
