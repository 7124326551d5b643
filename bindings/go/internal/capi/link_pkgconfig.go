//go:build !anchor_ldflags && !anchor_static

package capi

// #cgo pkg-config: anchor
import "C"
