//go:build !cgo

package anchor

// The C library cannot be called without cgo: this identifier is not defined, so that the compiler shows it.
var _ = anchor_needs_cgo_so_set_CGO_ENABLED_to_1_and_install_a_C_compiler
