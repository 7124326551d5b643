package anchor_test

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"
)

// Some tests need a process of their own. It is this test program, started again with the name of
// a child function in the environment.
const childVariable = "ANCHOR_TEST_CHILD"

// children are the functions that run in such a process, with those of child_process_unix_test.go. TestMain
// reports their errors.
var children = map[string]func() error{
	"sigpipe": pauseOnDeadConnections,
	"headers": pauseWithHeaders,
}

// runChild returns the output of a child process. It ends the process after two minutes.
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
