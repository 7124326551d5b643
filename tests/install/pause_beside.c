/* What examples/pause.c does, in a program with another Rust library and with functions whose names the cryptography
 * of libanchor knows. */
#include <anchor.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

int neighbour_panics(void);

void *OPENSSL_memory_alloc(size_t size);
void OPENSSL_memory_free(void *memory);
size_t OPENSSL_memory_get_size(void *memory);
void *OPENSSL_memory_realloc(void *memory, size_t size);
void sdallocx(void *memory, size_t size, int flags);

static void called(const char *name) {
    fprintf(stderr, "libanchor called %s of the program\n", name);
    abort();
}

void *OPENSSL_memory_alloc(size_t size) {
    called("OPENSSL_memory_alloc");
    return malloc(size);
}

void OPENSSL_memory_free(void *memory) {
    called("OPENSSL_memory_free");
    free(memory);
}

size_t OPENSSL_memory_get_size(void *memory) {
    called("OPENSSL_memory_get_size");
    return memory != NULL;
}

void *OPENSSL_memory_realloc(void *memory, size_t size) {
    called("OPENSSL_memory_realloc");
    return realloc(memory, size);
}

void sdallocx(void *memory, size_t size, int flags) {
    (void)size;
    (void)flags;
    called("sdallocx");
    free(memory);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fputs("usage: pause SESSION_ID\n", stderr);
        return 2;
    }
    if (!neighbour_panics()) {
        fputs("the other library cannot catch its panic\n", stderr);
        return 3;
    }
    anchor_client *client = NULL;
    char *error = NULL;
    int32_t status = anchor_client_new(NULL, NULL, &client, &error);
    if (status == ANCHOR_OK) {
        status = anchor_pause_recording(client, argv[1], NULL, &error);
    }
    if (status == ANCHOR_OK) {
        printf("paused %s\n", argv[1]);
    } else {
        fprintf(stderr, "%s\n", error);
    }
    anchor_free(error);
    anchor_free(client);
    return status == ANCHOR_OK && neighbour_panics() ? 0 : 1;
}
