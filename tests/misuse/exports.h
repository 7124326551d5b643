/* Every function of the header, each called with anything that a host may pass. */
#ifndef EXPORTS_H
#define EXPORTS_H

#include <stdbool.h>

/* Calls a randomly chosen function, and checks its status and outputs. */
void run_step(void);

/* The function that this thread is calling, for the message of a failed check. */
const char *current_export(void);

/* Fails unless every function that the header declares was called. If `must_succeed`, each must
 * also have succeeded at least once. Returns the number of functions. */
unsigned check_header_is_covered(const char *header, bool must_succeed);

/* Prints how often each function was called, and how often it succeeded. */
void print_counts(void);

#endif
