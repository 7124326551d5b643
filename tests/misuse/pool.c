#include "pool.h"
#include "anchor.h"
#include "inputs.h"
#include "judge.h"

#include <stdatomic.h>
#include <stddef.h>

#define SLOTS 12
#define FREED_HANDLES 256

static _Atomic(void *) pool[KINDS][SLOTS];
/* Some of the handles that were freed. */
static _Atomic(void *) freed_handles[FREED_HANDLES];
static atomic_ulong returned_count, freed_count;

static handle any_living(enum kind kind) {
    void *value = pool[kind][below(SLOTS)];
    return (handle){value, value == NULL ? IS_NULL : MAY_LIVE};
}

static handle invalid(uintptr_t value) {
    return (handle){(void *)value, value == 0 ? IS_NULL : IS_INVALID};
}

/* ctypes truncates a pointer to 32 bits, with or without sign extension, if a function has no
 * argtypes. */
static uintptr_t truncate_handle(handle handle) {
    const uint32_t low = (uint32_t)(uintptr_t)handle.value;
    return below(2) ? low : (uintptr_t)(intptr_t)(int32_t)(low | 0x80000000U);
}

static uintptr_t random_value(void) {
    static char no_handle[64];
    switch (below(4)) {
    case 0:
        return 1 + below(4096);
    case 1:
        return (uintptr_t)&no_handle[below(sizeof no_handle)];
    case 2:
        return UINTPTR_MAX - below(16);
    default:
        /* Half of these have the top bit of a handle. This test reaches none of the generations. */
        return random_number() | (uintptr_t)1 << 62;
    }
}

handle any_handle(enum kind kind) {
    switch (below(16)) {
    case 0:
        return (handle){NULL, IS_NULL};
    case 1:
    case 2:
        return invalid((uintptr_t)freed_handles[below(FREED_HANDLES)]);
    case 3:
        return invalid(truncate_handle(any_living(kind)));
    case 4:
        return invalid(random_value());
    case 5: {
        handle other = any_living((kind + 1 + below(KINDS - 1)) % KINDS);
        return (handle){other.value, other.value == NULL ? IS_NULL : IS_OF_ANOTHER_KIND};
    }
    case 6: {
        /* The next slot, or the same slot in the next generation. */
        handle near = any_living(kind);
        return near.value == NULL
                   ? near
                   : (handle){(char *)near.value + (below(2) ? 1 : (uintptr_t)1 << 32), MAY_LIVE};
    }
    default:
        return any_living(kind);
    }
}

bool must_be_refused(handle handle) {
    return handle.validity == IS_INVALID || handle.validity == IS_OF_ANOTHER_KIND;
}

int32_t check_handle_status(handle handle, int32_t status) {
    CHECK(handle.validity != IS_NULL || status == ANCHOR_INVALID_ARGUMENT);
    CHECK(!must_be_refused(handle) || status == ANCHOR_INVALID_HANDLE);
    return status;
}

int32_t free_handle(handle handle) {
    const int32_t status = anchor_free(handle.value);
    CHECK(status == ANCHOR_OK || status == ANCHOR_INVALID_HANDLE);
    CHECK(handle.validity != IS_NULL || status == ANCHOR_OK);
    CHECK(handle.validity != IS_INVALID || status == ANCHOR_INVALID_HANDLE);
    if (handle.validity == MAY_LIVE && status == ANCHOR_OK) {
        freed_count++;
        freed_handles[below(FREED_HANDLES)] = handle.value;
    }
    return status;
}

/* Frees what this thread alone has taken out of the pool. A handle may already have been freed by
 * another thread that passed it to anchor_free. A string cannot. */
static void free_removed(enum kind kind, void *removed) {
    if (removed == NULL) {
        return;
    }
    if (kind != STRING) {
        free_handle((handle){removed, MAY_LIVE});
        return;
    }
    CHECK(anchor_free(removed) == ANCHOR_OK);
    freed_count++;
}

void add_to_pool(enum kind kind, void *made) {
    returned_count++;
    free_removed(kind, atomic_exchange(&pool[kind][below(SLOTS)], made));
}

void free_unshared(void *made) {
    returned_count++;
    free_handle((handle){made, MAY_LIVE});
}

void free_any(enum kind kind) {
    free_removed(kind, atomic_exchange(&pool[kind][below(SLOTS)], NULL));
}

void free_pool(void) {
    for (unsigned kind = 0; kind < KINDS; kind++) {
        for (unsigned slot = 0; slot < SLOTS; slot++) {
            free_removed(kind, atomic_exchange(&pool[kind][slot], NULL));
        }
    }
}

bool all_freed_once(void) {
    return returned_count == freed_count;
}
