// Bench measures lossctl as its users meet it, whole processes on files,
// beside reading the same files and beside torch, compares with the bars that
// the project set itself, and writes docs/performance.md.
//
//	go run ./scripts/bench                 all of it: 3 GB of files, minutes
//	go run ./scripts/bench -scale 0.05 -n 3 -o /tmp/performance.md
//	go run ./scripts/bench -scale 0.05 -micro 0 -only 'focal sigmoid, 1e8 f4'
//
// torch is used where $LOSSCTL_BENCH_PYTHON, or python3, can import it, and for
// networks onnxruntime where that python has it and onnx.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	dir, out, program, python string
	scale                     float64
	rounds, threads           int
	only                      *regexp.Regexp
	big                       bool
	micro                     time.Duration
	generate                  string
}

func parse() *options {
	o := &options{}
	only := flag.String("only", "", "measure the cases that this regular `expression` finds in \"loss case\"")
	flag.StringVar(&o.dir, "dir", filepath.Join(os.TempDir(), "lossctl-bench"), "`folder` of the inputs, which are made once")
	flag.StringVar(&o.out, "o", "", "`file` to write, whose notes are kept; default docs/performance.md for a full run, else none")
	flag.StringVar(&o.program, "program", "", "lossctl to measure; built from the working directory unless given")
	flag.StringVar(&o.python, "python", "", "python with torch; default $LOSSCTL_BENCH_PYTHON, then python3; \"none\" leaves torch out")
	flag.Float64Var(&o.scale, "scale", 1, "size of the inputs")
	flag.IntVar(&o.rounds, "n", 5, "rounds; each runs every contender once, in turn")
	flag.IntVar(&o.threads, "threads", 2, "threads of lossctl and of torch")
	flag.BoolVar(&o.big, "big", false, "also the memory of two sparse files of 10 GB")
	flag.DurationVar(&o.micro, "micro", 100*time.Millisecond, "time of each benchmark in memory; 0 leaves them out")
	flag.StringVar(&o.generate, "generate", "", "make this input and stop (the program calls itself)")
	flag.Parse()
	if flag.NArg() > 0 || o.scale <= 0 || o.rounds < 1 || o.threads < 1 {
		flag.Usage()
		os.Exit(2)
	}
	var err error
	if o.only, err = regexp.Compile(*only); err != nil {
		log.Fatalf("-only: %v", err)
	}
	if o.out == "" && o.scale == 1 && *only == "" {
		o.out = filepath.Join("docs", "performance.md")
	}
	return o
}

func main() {
	log.SetFlags(0)
	o := parse()
	if o.generate != "" {
		if err := generate(o.dir, o.generate, o.scale); err != nil {
			log.Fatal(err)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := bench(ctx, o); ctx.Err() != nil {
		log.Fatal("interrupted, nothing written")
	} else if err != nil {
		log.Fatal(err)
	}
}

// bench runs everything and writes the page.
func bench(ctx context.Context, o *options) error {
	p := &page{options: o, machine: describe(), date: time.Now()}
	err := check(o.out)
	if err != nil {
		return err
	}
	if p.program, err = build(ctx, o); err != nil {
		return err
	}
	program := p.program.path
	python := findTorch(ctx, o.python)
	p.torch = python.version
	if p.startups, err = startups(ctx, o, program); err != nil {
		return err
	}
	if p.results, p.missing, err = runCases(ctx, o, program, python); err != nil {
		return err
	}
	if o.big {
		if p.bigs, err = bigs(ctx, o, program); err != nil {
			return err
		}
	}
	if o.micro > 0 {
		if p.micro, err = micro(ctx, o.micro); err != nil {
			return err
		}
	}
	p.loadAfter = load()
	if o.out == "" {
		return nil
	}
	if err := p.write(o.out); err != nil {
		return err
	}
	fmt.Println("\nwrote", o.out)
	return nil
}
