package anchor_test

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"
)

// A test that needs a process of its own runs this program again, with the child's name in the environment.
const childVariable = "ANCHOR_TEST_CHILD"

var children = map[string]func() int{
	"sigpipe": pauseOnDeadConnections, "headers": pauseWithHeaders,
	"memory": downloadInConstantMemory, "full": downloadTooMuch,
	"blocks": pauseOnCommand, "ends": endWhilePaused, "descriptors": endPauseWithoutDescriptors,
}

// runChild returns what a child of that name printed, which has two minutes.
func runChild(t *testing.T, name string, environment ...string) (output string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, os.Args[0])
	command.Env = append(os.Environ(), childVariable+"="+name, "ANCHORBROWSER_API_KEY="+key)
	command.Env = append(command.Env, environment...)
	printed, err := command.CombinedOutput()
	return string(printed), err
}
