package anchor

// #include "anchor.h"
import "C"

import (
	"log/slog"
	"runtime/cgo"
)

// anchorGoLog is called by C, whose frames nothing may unwind: it does no more than pass the line on.
//
//export anchorGoLog
func anchorGoLog(handle C.uintptr_t, level C.int32_t, line *C.char) {
	heard := logLine{slog.LevelInfo, C.GoString(line)}
	if level >= C.ANCHOR_LOG_WARNING {
		heard.level = slog.LevelWarn
	}
	cgo.Handle(handle).Value().(*listener).hear(heard)
}
