package anchor_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestBuildWithoutCgoFailsReadably(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, "go", "build", ".")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	output, err := command.CombinedOutput()
	if err == nil || !strings.Contains(string(output), "anchor_needs_cgo_so_set_CGO_ENABLED_to_1") {
		t.Errorf("%v: %s", err, output)
	}
	if lines := strings.Count(string(output), "\n"); lines > 2 {
		t.Errorf("the message is hidden among %d lines: %s", lines, output)
	}
}
