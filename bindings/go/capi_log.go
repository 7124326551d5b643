package anchor

/*
#include <stddef.h>
#include "anchor.h"

extern void anchorGoLog(uintptr_t listener, int32_t level, char *line);

// Who hears of the call that this thread works for: the library does not say which call a line is about.
static __thread uintptr_t listener;

static void set_listener(uintptr_t handle) { listener = handle; }

static void log_line(void *user, int32_t level, const char *line) {
	(void)user;
	if (listener != 0) anchorGoLog(listener, level, (char *)line);
}

static int32_t log_lines(anchor_options *options) { return anchor_options_set_log_callback(options, log_line, NULL); }
*/
import "C"

import (
	"runtime"
	"runtime/cgo"
)

func logLines(options optionsHandle) error {
	return checked(C.log_lines(options))
}

// attached has the listener hear of the call that work makes.
func (l *listener) attached(work func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	handle := cgo.NewHandle(l)
	defer handle.Delete()
	C.set_listener(C.uintptr_t(handle))
	defer C.set_listener(0)
	return work()
}
