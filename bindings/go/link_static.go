//go:build anchor_static && !anchor_ldflags

package anchor

// #cgo pkg-config: anchor-static
import "C"
