/* Random numbers, and arguments that a host may pass, rightly or by mistake.
 *
 * Strings lie at the end of readable memory, so that a read past their end crashes. All state
 * belongs to the calling thread.
 */
#ifndef INPUTS_H
#define INPUTS_H

#include <stdbool.h>
#include <stdint.h>

/* Part of every key and password that is passed. It must never appear in a message or log line. */
#define CANARY "canary"
/* Callbacks of the library may make calls, whose callbacks may make calls, up to this depth. */
#define MAX_DEPTH 2

/* How deep this thread is in callbacks. Each depth has strings of its own, so that a call inside a
 * callback does not overwrite those of the call around it. */
extern _Thread_local unsigned callback_depth;

/* Prepares URLs and a folder for downloads. remove_downloads removes the folder. */
void prepare_inputs(void);
void remove_downloads(void);

/* Seeds this thread's random numbers: the same seed gives the same numbers. */
void seed_random(uint64_t seed);
uint64_t random_number(void);
unsigned below(unsigned limit);
bool one_in(unsigned times);

/* Strings that are valid until discard_strings. Each may be NULL. */
const char *any_key(void);
const char *any_session(void);
/* A session whose recordings may be deleted: others are paused and downloaded. */
const char *any_session_to_delete_from(void);
const char *any_recording(void);
const char *any_file(void);
const char *any_method(void);
const char *any_path(void);
const char *any_body(void);
const char *any_base_url(void);
const char *any_ca_file(void);
const char *any_client_certificate(void);
const char *any_proxy(void);
const char *any_header_name(void);
const char *any_header_value(void);
const char *any_wrapper(void);

/* Overwrites the strings of a completed step: the library must have copied what it keeps. */
void discard_strings(void);

/* Timeouts are either short or invalid. */
uint64_t any_timeout_ms(void);
uint32_t any_retries(void);

#endif
