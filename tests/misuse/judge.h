/* The rules that everything the library returns must follow. */
#ifndef JUDGE_H
#define JUDGE_H

#include <stdbool.h>
#include <stdint.h>

/* Ends the program, and prints the location of the failed check and the seed that repeats it. */
_Noreturn void fail_check(const char *file, int line, const char *condition);
#define CHECK(condition) ((condition) ? (void)0 : fail_check(__FILE__, __LINE__, #condition))

extern uint64_t run_seed;
extern bool is_single_threaded;

/* Whether the text is one line of printable UTF-8 that holds no key. */
bool is_presentable(const char *line);

/* The value of an output pointer before a call: if it is still there after the call, the library
 * did not write the output. */
#define UNWRITTEN ((char *)0x5a5a5a5a)

/* Checks that there is a message exactly if the call failed, and frees it. A single thread also
 * checks that it cannot be freed twice. */
void check_message(int32_t status, char *message);

#endif
