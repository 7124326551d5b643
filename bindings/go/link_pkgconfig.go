//go:build !anchor_ldflags

package anchor

// #cgo pkg-config: anchor
import "C"
