//go:build !windows

package anchor_test

func init() {
	children["memory"] = downloadInConstantMemory
	children["full"] = downloadTooMuch
	children["blocks"] = pauseOnCommand
	children["ends"] = endWhilePaused
	children["descriptors"] = endPauseWithoutDescriptors
	children["variables"] = printVariables
}
