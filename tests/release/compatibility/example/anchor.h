/* The header of a made-up version, which has a few of today's functions. The tests change it to see that the check notices
 * what is missing today. */
#ifndef ANCHOR_H
#define ANCHOR_H

#include <stdint.h>

#define ANCHOR_OK 0
#define ANCHOR_INVALID_HANDLE 2

typedef struct anchor_options anchor_options;
typedef struct anchor_client anchor_client;
typedef struct anchor_call anchor_call;
typedef void (*anchor_log)(void *user, int32_t level, const char *line);

const char *anchor_version(void);
int32_t anchor_options_new(anchor_options **options);
int32_t anchor_options_set_timeout_ms(anchor_options *options, uint64_t timeout_ms);
int32_t anchor_options_set_log_callback(anchor_options *options, anchor_log log, void *user);
int32_t anchor_client_new(const char *api_key, const anchor_options *options, anchor_client **client, char **error);
int32_t anchor_pause_recording(anchor_client *client, const char *session_id, anchor_call *call, char **error);
int32_t anchor_free(void *object);

#endif
