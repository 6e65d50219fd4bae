package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// A sample is one run of one contender.
type sample struct {
	wall, cpu time.Duration
	rss       int64         // peak resident bytes
	first     time.Duration // until the first byte of output
	out       string
}

// child runs a program to its end. Its peak memory is at least that of this
// process at the moment of the fork (Linux hands it on), which is why inputs
// are generated in a process of their own.
func child(ctx context.Context, env []string, name string, args ...string) (sample, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		return sample{}, err
	}
	var s sample
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return s, err
	}
	text := make([]byte, 1)
	n, _ := io.ReadFull(out, text)
	s.first = time.Since(start)
	rest, err := io.ReadAll(out)
	err = errors.Join(err, cmd.Wait())
	s.wall = time.Since(start)
	if err != nil {
		return s, fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(errs.String()))
	}
	s.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	s.rss = peak(cmd.ProcessState)
	s.out = strings.TrimSpace(string(text[:n]) + string(rest))
	return s, nil
}

// reading is cat of the files with its output to the null device: what a
// program that only reads would take.
func reading(ctx context.Context, files []string) (sample, error) {
	cmd := exec.CommandContext(ctx, "cat", files...) // no Stdout: the null device itself
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return sample{}, fmt.Errorf("cat %s: %w", strings.Join(files, " "), err)
	}
	wall := time.Since(start)
	return sample{wall: wall, first: wall, cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), rss: peak(cmd.ProcessState)}, nil
}
