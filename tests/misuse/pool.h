/* The handles and strings that all threads share: living ones, freed ones, and what never was one. */
#ifndef POOL_H
#define POOL_H

#include <stdbool.h>
#include <stdint.h>

enum kind { CLIENT, OPTIONS, CALL, QUEUE, STRING, KINDS };

/* What is known of a handle that a step passes. One that is dead stays so; one that lives may be freed at any moment. */
enum fate { IS_NULL, IS_DEAD, IS_OF_ANOTHER_KIND, MAY_LIVE };

typedef struct handle {
    void *value;
    enum fate fate;
} handle;

/* Whether no function but anchor_free may take it. */
bool cannot_live(handle it);

/* The answer of a function that takes this one handle. */
int32_t judge_handle(handle it, int32_t status);

/* Any handle, most often one of the kind. */
handle any_handle(enum kind kind);

/* Shares what the library gave out; what stood in its place is freed. */
void share(enum kind kind, void *made);

/* Frees at once what the library gave out. */
void discard(void *made);

/* Frees one of the kind, whoever is using it. */
void free_shared(enum kind kind);
void free_all_shared(void);

/* anchor_free with its answer judged. */
int32_t free_handle(handle it);

/* Everything that was given out was freed once. */
bool is_balanced(void);

#endif
