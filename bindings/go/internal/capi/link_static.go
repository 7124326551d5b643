//go:build anchor_static && !anchor_ldflags

package capi

// #cgo pkg-config: anchor-static
import "C"
