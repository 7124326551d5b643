#include "pool.h"
#include "anchor.h"
#include "inputs.h"
#include "judge.h"

#include <stdatomic.h>
#include <stddef.h>

#define PLACES 12
#define GRAVES 256

static _Atomic(void *) living[KINDS][PLACES];
static _Atomic(void *) graves[GRAVES];
static atomic_ulong given, freed;

static handle living_of(enum kind kind) {
    void *value = living[kind][below(PLACES)];
    return (handle){value, value == NULL ? IS_NULL : MAY_LIVE};
}

static handle dead(uintptr_t value) {
    return (handle){(void *)value, value == 0 ? IS_NULL : IS_DEAD};
}

/* What ctypes makes of a pointer in a function without argtypes. */
static uintptr_t cut(handle it) {
    const uint32_t low = (uint32_t)(uintptr_t)it.value;
    return below(2) ? low : (uintptr_t)(intptr_t)(int32_t)(low | 0x80000000U);
}

static uintptr_t junk(void) {
    static char no_handle[64];
    switch (below(4)) {
    case 0:
        return 1 + below(4096);
    case 1:
        return (uintptr_t)&no_handle[below(sizeof no_handle)];
    case 2:
        return UINTPTR_MAX - below(16);
    default:
        /* Half of these have the top bit of a handle; none has a generation that a test lives to see. */
        return random_number() | (uintptr_t)1 << 62;
    }
}

handle any_handle(enum kind kind) {
    switch (below(16)) {
    case 0:
        return (handle){NULL, IS_NULL};
    case 1:
    case 2:
        return dead((uintptr_t)graves[below(GRAVES)]);
    case 3:
        return dead(cut(living_of(kind)));
    case 4:
        return dead(junk());
    case 5: {
        handle other = living_of((kind + 1 + below(KINDS - 1)) % KINDS);
        return (handle){other.value, other.value == NULL ? IS_NULL : IS_OF_ANOTHER_KIND};
    }
    case 6: {
        /* The neighbours: of the next slot or generation. */
        handle near = living_of(kind);
        return near.value == NULL
                   ? near
                   : (handle){(char *)near.value + (below(2) ? 1 : (uintptr_t)1 << 32), MAY_LIVE};
    }
    default:
        return living_of(kind);
    }
}

bool cannot_live(handle it) {
    return it.fate == IS_DEAD || it.fate == IS_OF_ANOTHER_KIND;
}

int32_t judge_handle(handle it, int32_t status) {
    CHECK(it.fate != IS_NULL || status == ANCHOR_INVALID_ARGUMENT);
    CHECK(!cannot_live(it) || status == ANCHOR_INVALID_HANDLE);
    return status;
}

int32_t free_handle(handle it) {
    const int32_t status = anchor_free(it.value);
    CHECK(status == ANCHOR_OK || status == ANCHOR_INVALID_HANDLE);
    CHECK(it.fate != IS_NULL || status == ANCHOR_OK);
    CHECK(it.fate != IS_DEAD || status == ANCHOR_INVALID_HANDLE);
    if (it.fate == MAY_LIVE && status == ANCHOR_OK) {
        freed++;
        graves[below(GRAVES)] = it.value;
    }
    return status;
}

/* The one thread that takes something out frees it. Handles may be freed by a guess as well; nobody guesses strings. */
static void free_taken(enum kind kind, void *taken) {
    if (taken == NULL) {
        return;
    }
    if (kind != STRING) {
        free_handle((handle){taken, MAY_LIVE});
        return;
    }
    CHECK(anchor_free(taken) == ANCHOR_OK);
    freed++;
}

void share(enum kind kind, void *made) {
    given++;
    free_taken(kind, atomic_exchange(&living[kind][below(PLACES)], made));
}

void discard(void *made) {
    given++;
    free_handle((handle){made, MAY_LIVE});
}

void free_shared(enum kind kind) {
    free_taken(kind, atomic_exchange(&living[kind][below(PLACES)], NULL));
}

void free_all_shared(void) {
    for (unsigned kind = 0; kind < KINDS; kind++) {
        for (unsigned place = 0; place < PLACES; place++) {
            free_taken(kind, atomic_exchange(&living[kind][place], NULL));
        }
    }
}

bool is_balanced(void) {
    return given == freed;
}
