//go:build !windows

package anchor

import (
	"os"
	"syscall"

	"github.com/libanchor/libanchor/bindings/go/internal/capi"
)

// A poller waits for completed calls without a thread: Go's own poller watches the queue's descriptor.
type poller struct {
	conn syscall.RawConn
}

// newPoller registers a copy of the queue's descriptor with Go's poller. It needs a copy because a
// file closes its descriptor, and the original belongs to the library.
func newPoller(descriptor int) (poller, error) {
	syscall.ForkLock.RLock()
	copied, err := syscall.Dup(descriptor)
	if err == nil {
		syscall.CloseOnExec(copied)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		const message = "no file descriptor is left for the queue: raise the limit of open files"
		return poller{}, wrap(StatusResourceExhausted, message, err)
	}
	conn, err := os.NewFile(uintptr(copied), "anchor queue").SyscallConn()
	if err != nil {
		return poller{}, wrap(StatusInternal, "the queue cannot be polled", err)
	}
	return poller{conn}, nil
}

// drain takes calls as they complete, until isDone reports true.
func (p poller) drain(library *capi.Queue, complete func(waiter uint64), isDone func() bool) {
	p.conn.Read(func(uintptr) bool {
		// The poller is edge-triggered: it does not report again what is left in the queue.
		library.Drain(0, complete)
		return isDone()
	})
}

// openFileLimit returns how many files the process may open, if there is a limit.
func openFileLimit() (limit uint64, exists bool) {
	var found syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &found) != nil {
		return 0, false
	}
	return uint64(found.Cur), true
}
