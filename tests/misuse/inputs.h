/* Random numbers, and what a host may pass by mistake. All of it belongs to the thread that asks. */
#ifndef INPUTS_H
#define INPUTS_H

#include <stdbool.h>
#include <stdint.h>

/* Part of every key and password that is passed: it must never come back. */
#define CANARY "canary"
/* How deep calls within the library's callbacks go. */
#define MAX_DEPTH 2

/* How deep this thread is in callbacks: their strings must not take the place of those of the call around them. */
extern _Thread_local unsigned depth;

/* Addresses and a folder for downloads, which is removed at the end. */
void prepare_inputs(void);
void remove_downloads(void);

/* Begins this thread's numbers; the same seed gives the same ones. */
void seed_random(uint64_t seed);
uint64_t random_number(void);
unsigned below(unsigned limit);
bool one_in(unsigned times);

/* Strings that end where memory does, good until end_strings. Each may be NULL. */
const char *any_key(void);
const char *any_session(void);
/* Not the one whose recording is paused and downloaded. */
const char *any_doomed_session(void);
const char *any_recording(void);
const char *any_file(void);
const char *any_method(void);
const char *any_path(void);
const char *any_body(void);
const char *any_base_url(void);
const char *any_ca_file(void);
const char *any_proxy(void);
const char *any_header_name(void);
const char *any_header_value(void);
const char *any_wrapper(void);

/* Overwrites the strings of a step that is over: the library must have copied what it keeps. */
void end_strings(void);

/* Short, or not acceptable. */
uint64_t any_timeout_ms(void);
uint32_t any_retries(void);

#endif
