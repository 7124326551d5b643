package anchor_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The commands of the README make a module use a clone that is beside it, without the network.
func TestCommandsOfTheReadmeUseAClone(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := regexp.MustCompile(`(?m)^\$ (go mod edit -replace .+)\n\$ (go get .+)$`).FindStringSubmatch(string(readme))
	if commands == nil {
		t.Fatal("the README has no such commands")
	}
	clone, err := filepath.Abs(repository)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	project := filepath.Join(folder, "project")
	for _, err := range []error{os.Symlink(clone, filepath.Join(folder, "libanchor")), os.Mkdir(project, 0o700)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	script := strings.Join([]string{"set -e", "go mod init example.com/project", commands[1], commands[2],
		"go list github.com/libanchor/libanchor/bindings/go"}, "\n")
	command := exec.CommandContext(ctx, "sh", "-c", script)
	command.Dir = project
	// Nothing answers at this address, so that using the network fails.
	command.Env = append(os.Environ(), "GOPROXY=http://"+unusedAddress(t), "GOFLAGS=", "GOWORK=off")
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, output)
	}
}
