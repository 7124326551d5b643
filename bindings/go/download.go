package anchor

import (
	"context"

	"github.com/libanchor/libanchor/bindings/go/internal/capi"
)

// Download writes the primary video recording of a session to a file, in constant memory. All of it
// has to come within the timeout, 30 seconds by default: give a long video more by [WithTimeout].
// [WithProgress] tells how far it is.
//
// The path is UTF-8. What is there is replaced when the video is whole, and not before: until then
// it grows beside it, under the same name with more behind it and ".part". A download that is cut
// off goes on where it ended, if the server allows that, else it begins anew. What has come when a
// call fails is kept, and the next call for the same session and path goes on from it; when the
// disk is full, or no call could go on from it, it is removed.
//
// The errors are those of [Recordings.Pause]. [ErrInvalidArgument] also if the file cannot be
// written, is no regular file, or is being written by another download; [ErrResourceExhausted] also
// if the disk is full or the file may not grow; [ErrBadResponse] also if what came is no video or
// does not end where it said.
func (r *Recordings) Download(ctx context.Context, sessionID, path string, options ...CallOption) error {
	return r.client.run(ctx, running, options, capi.Download(sessionID, path), nil)
}
