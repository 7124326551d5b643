//go:build !cgo

package capi

// Without cgo the C library cannot be called. The compiler's message about this undefined name
// says so.
var _ = anchor_needs_cgo_so_set_CGO_ENABLED_to_1_and_install_a_C_compiler
