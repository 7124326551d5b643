// Package anchor pauses the video recording of an Anchor Browser session while a program types a
// secret, and reports success only if the API has confirmed that the recording is paused. It also
// resumes, lists, downloads and deletes recordings, and sends any other request of the API.
//
//	client, err := anchor.New() // The API key comes from ANCHORBROWSER_API_KEY, or from WithAPIKey.
//	if err != nil {
//		return err
//	}
//	defer client.Close()
//	return client.Recordings.WhilePaused(ctx, sessionID, func(ctx context.Context) error {
//		return typeTheSecret(ctx)
//	})
//
// [Recordings.WhilePaused] runs a function only if the recording was paused, and resumes the
// recording afterwards. Its documentation says what it cannot guarantee. [Recordings.Pause] and
// [Recordings.Resume] are the two steps on their own: after an error of Pause, do not type the
// secret.
//
// The package is a wrapper around the C library libanchor; see the section on linking.
//
// # Options
//
// An [Option] is a setting of a client, a [CallOption] is a setting of a single call, and a
// [CommonOption] can be either:
//
//	client, err := anchor.New(anchor.WithTimeout(10*time.Second), anchor.WithLogger(slog.Default()))
//	...
//	err = client.Recordings.Download(ctx, sessionID, "video.mp4", anchor.WithTimeout(time.Hour))
//
// Passing an option where it does not belong is a compile error.
//
// # Contexts
//
// A call ends at once when its context is done. If the context was cancelled, the error matches
// [ErrCancelled] and [context.Canceled]. If its deadline passed, the error matches [ErrTimeout] and
// [context.DeadlineExceeded], as it does after the timeout of [WithTimeout]. The cause of the
// context matches as well. If the context is done before the call, nothing is sent. The timeout
// applies as well, and the earlier of the two ends the call.
//
// # Errors
//
// Every error is an [*Error]. Only [Recordings.WhilePaused] also returns a [*NotResumedError] and
// the errors of its function: check for [ErrNotResumed] before any other error. A message is one
// line that says what failed and what to do next. It never contains the API key, if that has at
// least 6 characters. Use [errors.Is] to tell the kinds of errors apart ([ErrNotFound], [ErrTimeout]
// and so on), and [errors.As] to read the details. Only in a timeout does [errors.As] find a
// [net.Error].
//
// # Concurrency
//
// Everything may be used by any number of goroutines at the same time. Share one client: its calls
// share connections. Functions that you pass to the package run on the goroutine that made the
// call, and never after the call has returned.
//
// A running call may need a file descriptor, so the number of running calls is limited to a
// quarter of the descriptors that the process may open, and to 10,000. A further 32 calls may
// resume recordings for [Recordings.WhilePaused]. Additional calls wait until another one ends.
// Their timeouts start after the wait, and their contexts end it.
//
// # Threads
//
// Calls are made in one of two ways, because no single way is fast in every situation:
//
//   - On the thread of the caller. This is the fastest way for a program that makes one call at a
//     time. The call occupies an operating system thread while it waits for the network, so only
//     one call at a time is made like this.
//   - Through the queue of the process. The calls in the queue share one thread of the library, and
//     their goroutines wait without one. Every call that starts while another one is running uses
//     the queue, and so does every call with [WithProgress]. Thousands of concurrent calls need
//     only a few threads.
//
// Each way has its own connections. [Client.Connect] says which of them it prepares.
//
// The first call that needs the queue makes it. While calls are in the queue, one goroutine of the
// package wakes those that wait. It ends with the last call.
//
// # Downloads
//
// [Recordings.Download] is all or nothing: the file gets its name when the video is complete.
// Until then the data is in a file next to it. If the connection is lost, or the program ends, the
// next call for the same session and path continues with the data that it finds there.
//
// # Linking
//
// The package needs cgo, a C compiler and libanchor. There are three ways to find the library:
//
//   - By default pkg-config finds it under the name anchor.
//   - With the build tag anchor_static, pkg-config finds the static library under the name
//     anchor-static. The program then needs no libanchor at run time.
//   - With the build tag anchor_ldflags, pkg-config is not used. The environment variable
//     CGO_LDFLAGS says where the library is.
//
// For example, with the last one:
//
//	CGO_LDFLAGS="-L/opt/anchor/lib -lanchor -Wl,-rpath,/opt/anchor/lib" go build -tags anchor_ldflags
//
// The header of the library is part of the package.
package anchor
