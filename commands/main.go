// Package commands is the command line: flags made from the declarations of
// the losses, inputs opened, results written, errors printed in one place.
package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"lossctl/io/array"
	"lossctl/io/report"
	"lossctl/loss"
	"lossctl/loss/engine"
)

// Version is what --version prints and results record.
const Version = "0.1.0"

// Exit codes.
const (
	exitOK          = 0
	exitMachine     = 1 // reading, writing, memory
	exitUsage       = 2 // what was given is wrong
	exitGate        = 3
	exitInterrupted = 130
)

// A streams is where a run reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
	leave    *leaver
}

// checked keeps the error of a write that nobody looks at, as of help.
type checked struct {
	w   io.Writer
	err error
}

func (c *checked) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		err = &report.Error{Name: "standard output", Err: err, Machine: true}
		if c.err == nil {
			c.err = err
		}
	}
	return n, err
}

// Main runs the program and returns its exit code.
func Main(args []string, in io.Reader, out, errw io.Writer) int {
	signal.Ignore(syscall.SIGPIPE) // a closed pipe is an error of write, and exit 0
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	done := make(chan error, 1)
	leave := &leaver{}
	stdout := &checked{w: out}
	go func() {
		err := newApp(streams{in, stdout, errw, leave}, args).RunContext(ctx, args)
		if err == nil {
			err = stdout.err
		}
		done <- err
	}()
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		err = leave.wait(done)
	}
	code := exitCode(err)
	if err != nil && code != exitOK {
		fmt.Fprintf(errw, "lossctl: %s\n", oneLine(err))
	}
	return code
}

// usageError is what is wrong with what was given.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// asUsage makes an error one of what was given.
func asUsage(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

// gateError is a gate that failed.
type gateError struct{ error }

var errInterrupted = errors.New("interrupted")

func exitCode(err error) int {
	var usage usageError
	var gate gateError
	var fault *engine.Fault
	var input *engine.InputError
	var a *array.Error
	var r *report.Error
	switch {
	case err == nil, errors.Is(err, syscall.EPIPE):
		return exitOK
	case errors.Is(err, context.Canceled), errors.Is(err, errInterrupted):
		return exitInterrupted
	case errors.As(err, &gate):
		return exitGate
	case errors.As(err, &a) && !a.Machine, errors.As(err, &r) && !r.Machine:
		return exitUsage
	case errors.As(err, &usage), errors.As(err, &fault), errors.As(err, &input):
		return exitUsage
	}
	return exitMachine
}

func oneLine(err error) string {
	if errors.Is(err, context.Canceled) {
		err = errInterrupted
	}
	return strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), "\n", " ")), " ")
}

// newApp builds the commands from the declarations, those that the arguments
// do not name without their flags: these take longer than a small job.
func newApp(s streams, args []string) *cli.App {
	app := &cli.App{
		Name:            "lossctl",
		Usage:           "the losses of deep learning, from files",
		Description:     "What is the loss of these predictions, exactly? One command a loss; each reads\n.npy, .npz, .csv, .jsonl, .safetensors, .png, .nii and compressed files, pipes and shards.\nlossctl explain LOSS says the formula, the inputs and the conventions.",
		Version:         Version,
		HideHelpCommand: true,
		Writer:          s.out,
		ErrWriter:       s.err,
		OnUsageError:    usageErrorOf,
		ExitErrHandler:  func(*cli.Context, error) {},
		Action:          rootAction,
	}
	for _, declare := range loss.All {
		l := declare()
		c := &cli.Command{Usage: l.Summary}
		if slices.Contains(args, l.Words()[0]) {
			c = lossCommand(s, declare)
		}
		addCommand(app, l.Words(), c)
	}
	app.Commands = append(app.Commands, inspectCommand(s), explainCommand(s), weightsCommand(s), completionCommand(s))
	return app
}

// addCommand puts a command under the command of its first words.
func addCommand(app *cli.App, words []string, c *cli.Command) {
	c.Name = words[len(words)-1]
	if len(words) == 1 {
		app.Commands = append(app.Commands, c)
		return
	}
	for _, parent := range app.Commands {
		if parent.Name == words[0] {
			parent.Subcommands = append(parent.Subcommands, c)
		}
	}
}

// rootAction is lossctl without a command that exists.
func rootAction(c *cli.Context) error {
	if !c.Args().Present() {
		return cli.ShowAppHelp(c)
	}
	if c.Args().First() == "help" {
		if words := c.Args().Tail(); len(words) > 0 {
			return c.App.RunContext(c.Context, slices.Concat([]string{c.App.Name}, words, []string{"--help"}))
		}
		return cli.ShowAppHelp(c)
	}
	var names []string
	for _, cmd := range c.App.Commands {
		names = append(names, cmd.Name)
	}
	return usagef("%s: no such command%s", c.Args().First(), suggest(c.Args().First(), names, ""))
}

// noArguments refuses what stands between the flags: flags behind it would
// be dropped.
func noArguments(c *cli.Context) error {
	if c.NArg() == 0 {
		return nil
	}
	first := c.Args().First()
	var names []string
	for _, sub := range c.Command.Subcommands {
		names = append(names, sub.Name)
	}
	if s := suggest(first, names, strings.TrimPrefix(c.Command.HelpName, "lossctl ")+" "); s != "" {
		return usagef("%s: no such command%s", first, s)
	}
	return usagef("%s: stray argument, want flags only; quote a pattern so that the shell leaves it alone", first)
}
