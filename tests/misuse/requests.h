/* The functions that talk to the API, and the host's functions that the library calls meanwhile. */
#ifndef REQUESTS_H
#define REQUESTS_H

#include <stdint.h>

int32_t call_pause_recording(void);
int32_t call_resume_recording(void);
int32_t call_pause_begin(void);
int32_t call_pause_end(void);
int32_t call_list_recordings(void);
int32_t call_delete_recording(void);
int32_t call_download_recording(void);
int32_t call_request(void);
int32_t call_connect(void);
int32_t call_queue_next(void);
int32_t call_call_set_progress(void);
int32_t call_options_set_log_callback(void);

/* How often the library has called a progress or log function. */
unsigned long callback_count(void);

#endif
