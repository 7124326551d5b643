//go:build race

package anchor_test

// The race detector ends a program with more than 8128 goroutines.
const manyGoroutines = 6_000
