//go:build !race

package anchor_test

const manyGoroutines = 12_000
