/* The handles and strings that all threads share.
 *
 * The pool holds living handles, remembers freed ones, and invents values that never were handles.
 * Any thread may pass any of them to any function, and may free what another thread is using.
 */
#ifndef POOL_H
#define POOL_H

#include <stdbool.h>
#include <stdint.h>

enum kind { CLIENT, OPTIONS, CALL, QUEUE, STRING, KINDS };

/* What is known about a handle that a step passes. An invalid one stays invalid. Another thread may
 * free a living one at any moment. */
enum validity { IS_NULL, IS_INVALID, IS_OF_ANOTHER_KIND, MAY_LIVE };

typedef struct handle {
    void *value;
    enum validity validity;
} handle;

/* Whether every function except anchor_free must refuse the handle. */
bool must_be_refused(handle handle);

/* Checks and returns the status of a function that takes this one handle. */
int32_t check_handle_status(handle handle, int32_t status);

/* A random handle, most often a living one of this kind. */
handle any_handle(enum kind kind);

/* Adds what the library returned to the pool, and frees what was there before. */
void add_to_pool(enum kind kind, void *made);

/* Frees what the library returned without adding it to the pool. */
void free_unshared(void *made);

/* Frees a random member of the pool, even if another thread is using it. */
void free_any(enum kind kind);
void free_pool(void);

/* Calls anchor_free, and checks and returns its status. */
int32_t free_handle(handle handle);

/* Whether everything that the library returned was freed exactly once. */
bool all_freed_once(void);

#endif
