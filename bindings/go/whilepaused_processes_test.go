//go:build !windows

package anchor_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

// A blocksProcess is a child process that begins and ends blocks on command, with a client of its
// own.
type blocksProcess struct {
	stdin  io.Writer
	stdout *bufio.Scanner
}

func startBlocksProcess(t *testing.T, server *sandbox) *blocksProcess {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	command := exec.CommandContext(ctx, os.Args[0])
	command.Env = append(os.Environ(), childVariable+"=blocks", "ANCHORBROWSER_API_KEY="+key,
		"ANCHORBROWSER_BASE_URL="+server.url)
	command.Stderr = os.Stderr
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		if err := command.Wait(); err != nil {
			t.Error(err)
		}
		cancel()
	})
	return &blocksProcess{stdin, bufio.NewScanner(stdout)}
}

// run makes the child begin or end a block, and compares the state of the recording that it then
// sees.
func (c *blocksProcess) run(t *testing.T, command, expected string) {
	t.Helper()
	fmt.Fprintln(c.stdin, command)
	if !c.stdout.Scan() || c.stdout.Text() != expected {
		t.Errorf("after %q the child saw %q, want %q", command, c.stdout.Text(), expected)
	}
}

// pauseOnCommand reads the commands "begin" and "end". After each it prints the state of the
// recording.
func pauseOnCommand() error {
	client, err := anchor.New()
	if err != nil {
		return err
	}
	commands := bufio.NewScanner(os.Stdin)
	printState := func() {
		state, err := fetchState(os.Getenv("ANCHORBROWSER_BASE_URL"), "one")
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(state.Recording)
	}
	var blocks func(context.Context) error
	blocks = func(ctx context.Context) error {
		for commands.Scan() && commands.Text() == "begin" {
			err := client.Recordings.WhilePaused(ctx, "one", func(ctx context.Context) error {
				printState()
				return blocks(ctx)
			})
			if err != nil {
				fmt.Println(err)
				continue
			}
			printState()
		}
		return nil
	}
	blocks(context.Background())
	return nil
}

// When the last block of one process ends, it resumes the recording, even if a block of another
// process is still running. The next block of that process pauses again.
func TestProcessesCountTheirPausesSeparately(t *testing.T) {
	server, client := newSession(t)
	child := startBlocksProcess(t, server)
	block := func(body func()) { runBlock(t, server, client, body) }
	failIfHanging(t, func() {
		for range 10 {
			// The block of the child ends first.
			block(func() {
				child.run(t, "begin", "paused")
				child.run(t, "end", "recording")
				block(func() {
					child.run(t, "begin", "paused")
					child.run(t, "end", "recording")
					block(func() {})
					server.checkRecording(t, "one", "paused")
				})
				server.checkRecording(t, "one", "paused")
			})
			server.checkRecording(t, "one", "recording")

			// The block of the child begins first and ends last.
			child.run(t, "begin", "paused")
			block(func() {})
			server.checkRecording(t, "one", "recording")
			child.run(t, "begin", "paused")
			block(func() { child.run(t, "end", "paused") }) // Its outer block is still running.
			server.checkRecording(t, "one", "recording")
			child.run(t, "begin", "paused")
			child.run(t, "end", "paused")
			child.run(t, "end", "recording")
		}
	})
}

// A body can end the process in several ways. Only a panic runs the deferred resume.
func TestRecordingStaysPausedIfTheProcessEnds(t *testing.T) {
	for how, expected := range map[string]string{
		"os.Exit": "paused", "log.Fatal": "paused", "panic elsewhere": "paused", "signal": "paused",
		"panic": "recording",
	} {
		server := newSandbox(t, "--session", "one")
		output, err := runChild(t, "ends", "ANCHORBROWSER_BASE_URL="+server.url, "TEST_HOW="+how)
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			t.Errorf("%s: %v: %s", how, err, output)
		}
		server.checkRecording(t, "one", expected)
		server.checkRequests(t, "one", onePause[:map[string]int{"paused": 1, "recording": 2}[expected]]...)
	}
}

func endWhilePaused() error {
	client, err := anchor.New()
	if err != nil {
		fmt.Println(err)
		return nil
	}
	err = client.Recordings.WhilePaused(context.Background(), "one", func(context.Context) error {
		if err := expectPaused(os.Getenv("ANCHORBROWSER_BASE_URL")); err != nil {
			return err
		}
		switch os.Getenv("TEST_HOW") {
		case "os.Exit":
			os.Exit(1)
		case "log.Fatal":
			log.Fatal("fatal")
		case "panic elsewhere":
			go panic("panic")
			select {}
		case "signal":
			syscall.Kill(os.Getpid(), syscall.SIGTERM)
			select {}
		case "panic":
			panic("panic")
		}
		return nil
	})
	fmt.Println("the process was not ended:", err)
	return nil
}

// A block that ends while the process has no free file descriptor is still counted as ended. The
// next block resumes the recording.
func TestBlockEndsWithoutFreeDescriptors(t *testing.T) {
	server := newSandbox(t, "--session-per-fault", "--session", "one")
	output, err := runChild(t, "descriptors", "ANCHORBROWSER_BASE_URL="+server.url)
	if err != nil || output != "done\n" {
		t.Fatalf("%v: %s", err, output)
	}
	server.checkRecording(t, "one", "recording")
}

// endPauseWithoutDescriptors ends a block while another call is running and no descriptor is left
// for the queue of the package.
func endPauseWithoutDescriptors() error {
	server := os.Getenv("ANCHORBROWSER_BASE_URL")
	client, err := anchor.New(anchor.WithMaxRetries(0))
	if err != nil {
		return err
	}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	hung := make(chan error)
	err = client.Recordings.WhilePaused(context.Background(), "one", func(context.Context) error {
		if err := expectPaused(server); err != nil {
			return err
		}
		go func() { hung <- client.Recordings.Pause(ctx, "stall") }()
		for range 1000 {
			if state, err := fetchState(server, "stall"); err != nil || state.Requests > 0 {
				return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 3, Max: before.Max})
			}
			time.Sleep(10 * time.Millisecond)
		}
		return errors.New("the other call did not start")
	})
	if !errors.Is(err, anchor.ErrNotResumed) || !errors.Is(err, anchor.ErrResourceExhausted) {
		return fmt.Errorf("%v, want ErrNotResumed and ErrResourceExhausted", err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		return err
	}
	cancel()
	<-hung
	err = client.Recordings.WhilePaused(context.Background(), "one", func(context.Context) error {
		return expectPaused(server)
	})
	if err != nil {
		return err
	}
	fmt.Println("done")
	return nil
}

// expectPaused is for child processes, which cannot use [sandbox.checkRecording].
func expectPaused(server string) error {
	state, err := fetchState(server, "one")
	if err == nil && state.Recording != "paused" {
		err = fmt.Errorf("the recording is %q, want it paused", state.Recording)
	}
	return err
}
