/* What every answer of the library is measured by. */
#ifndef JUDGE_H
#define JUDGE_H

#include <stdbool.h>
#include <stdint.h>

/* Ends the program: says where, and with which seed to try it again. */
_Noreturn void fail(const char *file, int line, const char *what);
#define CHECK(condition) ((condition) ? (void)0 : fail(__FILE__, __LINE__, #condition))

extern uint64_t first_seed;
/* Whether one thread makes all calls. */
extern bool is_alone;

/* One line of UTF-8 without a key. */
bool is_presentable(const char *line);

/* What an error pointer holds before a call, so that one that is not written is seen. */
#define UNWRITTEN ((char *)0x5a5a5a5a)

/* A message comes with a failure and with nothing else, and is freed once: a second time is tried by a thread alone. */
void judge_message(int32_t status, char *message);

#endif
