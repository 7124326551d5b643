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

// A blocksChild is a process that begins and ends blocks on command, with a client of its own.
type blocksChild struct {
	stdin  io.Writer
	stdout *bufio.Scanner
}

func startBlocksChild(t *testing.T, server *sandbox) *blocksChild {
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
	return &blocksChild{stdin, bufio.NewScanner(stdout)}
}

// run has the child begin or end a block. The child then saw the recording in this state.
func (c *blocksChild) run(t *testing.T, command, expected string) {
	t.Helper()
	fmt.Fprintln(c.stdin, command)
	if !c.stdout.Scan() || c.stdout.Text() != expected {
		t.Errorf("after %q the other process saw %q, want %q", command, c.stdout.Text(), expected)
	}
}

// pauseOnCommand reads "begin" and "end", and prints what the server says as soon as a block has
// begun or ended.
func pauseOnCommand() int {
	client, err := anchor.New()
	if err != nil {
		fmt.Println(err)
		return 1
	}
	commands := bufio.NewScanner(os.Stdin)
	printState := func() {
		state, err := stateOf(os.Getenv("ANCHORBROWSER_BASE_URL"), "one")
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
	return 0
}

// Each process counts its own blocks, so that one resumes while the other's block still runs. The
// next block of the other pauses again.
func TestBlocksOfTwoProcesses(t *testing.T) {
	server, client := held(t)
	child := startBlocksChild(t, server)
	block := func(body func()) {
		must(t, client.Recordings.WhilePaused(context.Background(), "one", server.paused(t, "one", func(context.Context) error {
			body()
			return nil
		})))
	}
	inTime(t, func() {
		for range 10 {
			// The child's block ends first.
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

			// The child's block begins first, and ends last.
			child.run(t, "begin", "paused")
			block(func() {})
			server.checkRecording(t, "one", "recording")
			child.run(t, "begin", "paused")
			block(func() { child.run(t, "end", "paused") }) // Its outer block holds.
			server.checkRecording(t, "one", "recording")
			child.run(t, "begin", "paused")
			child.run(t, "end", "paused")
			child.run(t, "end", "recording")
		}
	})
}

// What the documentation says of each end of a process that a body brings about.
func TestWhatStaysPausedWhenTheProcessEnds(t *testing.T) {
	for how, expected := range map[string]string{
		"os.Exit": "paused", "log.Fatal": "paused", "panic elsewhere": "paused", "signal": "paused",
		"panic": "recording",
	} {
		server := special(t, "--session", "one")
		output, err := runChild(t, "ends", "ANCHORBROWSER_BASE_URL="+server.url, "TEST_HOW="+how)
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			t.Errorf("%s: %v: %s", how, err, output)
		}
		server.checkRecording(t, "one", expected)
		server.checkRequests(t, "one", onceHeld[:map[string]int{"paused": 1, "recording": 2}[expected]]...)
	}
}

func endWhilePaused() int {
	client, err := anchor.New()
	if err != nil {
		fmt.Println(err)
		return 0
	}
	err = client.Recordings.WhilePaused(context.Background(), "one", func(context.Context) error {
		if state, err := stateOf(os.Getenv("ANCHORBROWSER_BASE_URL"), "one"); err != nil || state.Recording != "paused" {
			return fmt.Errorf("%+v, %w", state, err)
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
	fmt.Println("the process did not end:", err)
	return 0
}

// When the process runs out of descriptors, a block ends all the same: the next one is resumed.
func TestABlockThatEndsWithoutDescriptors(t *testing.T) {
	server := special(t, "--session-per-fault", "--session", "one")
	output, err := runChild(t, "descriptors", "ANCHORBROWSER_BASE_URL="+server.url)
	if err != nil || output != "done\n" {
		t.Fatalf("%v: %s", err, output)
	}
	server.checkRecording(t, "one", "recording")
}

// endPauseWithoutDescriptors ends a block while another call runs and no descriptor is free for the
// package's queue.
func endPauseWithoutDescriptors() int {
	server := os.Getenv("ANCHORBROWSER_BASE_URL")
	client, err := anchor.New(anchor.WithMaxRetries(0))
	if err != nil {
		fmt.Println(err)
		return 1
	}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		fmt.Println(err)
		return 1
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	hung := make(chan error)
	err = client.Recordings.WhilePaused(context.Background(), "one", func(context.Context) error {
		if state, err := stateOf(server, "one"); err != nil || state.Recording != "paused" {
			return fmt.Errorf("%+v, %w", state, err)
		}
		go func() { hung <- client.Recordings.Pause(ctx, "stall") }()
		for range 1000 {
			if state, err := stateOf(server, "stall"); err != nil || state.Requests > 0 {
				return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 3, Max: before.Max})
			}
			time.Sleep(10 * time.Millisecond)
		}
		return errors.New("the other call did not begin")
	})
	if !errors.Is(err, anchor.ErrNotResumed) || !errors.Is(err, anchor.ErrResourceExhausted) {
		fmt.Println(err)
		return 1
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		fmt.Println(err)
		return 1
	}
	cancel()
	<-hung
	err = client.Recordings.WhilePaused(context.Background(), "one", func(context.Context) error {
		if state, err := stateOf(server, "one"); err != nil || state.Recording != "paused" {
			return fmt.Errorf("%+v, %w", state, err)
		}
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("done")
	return 0
}
