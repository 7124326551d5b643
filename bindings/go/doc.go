// Package anchor pauses the video recording of an Anchor Browser session before a secret is typed,
// and reports success only if the API confirmed it. It also resumes, lists, downloads and deletes
// recordings, and sends any other request of the API.
//
//	client, err := anchor.New() // The key comes from ANCHORBROWSER_API_KEY, or WithAPIKey.
//	if err != nil {
//		return err
//	}
//	defer client.Close()
//	if err := client.Recordings.Pause(ctx, sessionID); err != nil {
//		return err // Do not type the secret.
//	}
//
// [Recordings.WhilePaused] does that around a function, and resumes the recording after it. Its
// documentation says what it cannot promise.
//
// # Options
//
// An [Option] is a setting for [New], a [CallOption] one for a single call, and a [CommonOption]
// may be either:
//
//	client, err := anchor.New(anchor.WithTimeout(10*time.Second), anchor.WithLogger(slog.Default()))
//	...
//	err = client.Recordings.Download(ctx, sessionID, "video.mp4", anchor.WithTimeout(time.Hour))
//
// # Errors
//
// Every error is an [*Error]; only [Recordings.WhilePaused] also returns a [*NotResumedError] and
// the errors of its function. Look for [ErrNotResumed] first when it fails. A message is one line
// that says what failed and what to do, and never holds the API key. [errors.Is] tells the kinds
// apart ([ErrNotFound], [ErrTimeout], ...); [errors.As] gives the details.
//
// # Goroutines and threads
//
// Everything may be used from any number of goroutines. A call that is alone holds an operating
// system's thread while it waits for the network; further ones share one thread of the C library
// and wait as goroutines. With the first of those the package starts one goroutine that stays. A
// quarter of the descriptors that the process may open bounds the calls that run at once, 10000 at
// most, and 32 that resume for [Recordings.WhilePaused]. The functions that the package is given
// run on the goroutine that made the call.
//
// # Linking
//
// The package needs cgo, a C compiler and libanchor, which it finds by pkg-config under the name
// anchor. With the build tag anchor_static it takes the static library, by the name anchor-static:
// then the program needs no libanchor where it runs. With the build tag anchor_ldflags pkg-config
// is not asked, and the environment variable CGO_LDFLAGS says where the library is:
//
//	CGO_LDFLAGS="-L/opt/anchor/lib -lanchor -Wl,-rpath,/opt/anchor/lib" go build -tags anchor_ldflags
//
// The header is part of the package.
package anchor
