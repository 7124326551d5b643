//go:build !windows

package anchor_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

const nobody = 65534

// A set-user-id program has rights that its caller lacks, and its caller chose the environment.
func TestSetUserIDProgramReadsNoVariable(t *testing.T) {
	const (
		ordinary = "key: <nil>\nbase URL: anchor: ANCHORBROWSER_BASE_URL must begin with https:// or http://\n"
		elevated = "key: anchor: WithAPIKey is missing: pass one; this is a set-user-id program, which reads no environment variables\n" +
			"base URL: <nil>\n"
	)
	if printed := variablesSeenBy(t, os.Args[0], nil); printed != ordinary {
		t.Errorf("an ordinary program: %s", printed)
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can start a program as another user")
	}
	user := &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if printed := variablesSeenBy(t, setUserIDCopy(t), user); printed != elevated {
		t.Errorf("a set-user-id program: %s", printed)
	}
}

// setUserIDCopy returns a copy of this program that runs as root, whoever starts it. It does not run
// as another user, because the library may be in a folder that only root can read.
func setUserIDCopy(t *testing.T) string {
	t.Helper()
	// t.TempDir is closed to other users.
	folder, err := os.MkdirTemp("", "anchor-set-user-id")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	path := filepath.Join(folder, "program")
	source, err := os.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	program, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(program, source)
	for _, step := range []error{
		err, program.Close(), os.Chmod(path, 0o755|os.ModeSetuid), os.Chmod(folder, 0o755),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	return path
}

func variablesSeenBy(t *testing.T, program string, user *syscall.SysProcAttr) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, program)
	command.Dir, command.SysProcAttr = "/", user
	command.Env = append(os.Environ(), childVariable+"=variables",
		"ANCHORBROWSER_API_KEY=key-of-the-caller", "ANCHORBROWSER_BASE_URL=ftp://host")
	printed, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, printed)
	}
	return string(printed)
}

// printVariables prints what becomes of the key and the base URL of the environment. The second is
// unusable.
func printVariables() error {
	for _, row := range []struct {
		variable string
		option   anchor.Option
	}{
		{"key", anchor.WithBaseURL("http://127.0.0.1:1")},
		{"base URL", anchor.WithAPIKey("k")},
	} {
		client, err := anchor.New(row.option)
		fmt.Printf("%s: %v\n", row.variable, err)
		if err == nil {
			client.Close()
		}
	}
	return nil
}
