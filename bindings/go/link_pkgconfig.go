//go:build !anchor_ldflags && !anchor_static

package anchor

// #cgo pkg-config: anchor
import "C"
