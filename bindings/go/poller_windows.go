package anchor

import (
	"time"

	"github.com/libanchor/libanchor/bindings/go/internal/capi"
)

// A poller waits for completed calls on a thread, because Go's own poller watches no sockets that
// others have opened.
type poller struct{}

func newPoller(int) (poller, error) {
	return poller{}, nil
}

// longest is the interval at which the thread checks whether it has to end.
const longest = time.Minute

// drain takes calls as they complete, until isDone reports true.
func (poller) drain(library *capi.Queue, complete func(waiter uint64), isDone func() bool) {
	for !isDone() {
		library.Drain(longest, complete)
	}
}

// openFileLimit returns the number that the library assumes in src/sys/windows/limits.rs. Windows has
// no limit.
func openFileLimit() (limit uint64, exists bool) {
	return 16 * 1024, true
}
