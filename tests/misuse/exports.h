/* Every function of the header, each called with anything that a host may pass. */
#ifndef EXPORTS_H
#define EXPORTS_H

#include <stdbool.h>

/* Calls one function of random choice and judges what comes back. */
void step(void);

/* What this thread is calling, for the message of a failure. */
const char *current_export(void);

/* Fails unless every function that the header declares was called, and has succeeded if it must; gives their number. */
unsigned check_header_is_covered(const char *header, bool must_succeed);

/* How often each function was called, and with success. */
void print_counts(void);

#endif
