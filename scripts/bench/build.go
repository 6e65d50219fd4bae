package main

import (
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A program is the lossctl that is measured.
type program struct{ path, version, goVersion, revision string }

// build compiles lossctl once, or takes the one that -program names.
func build(ctx context.Context, o *options) (program, error) {
	if o.program != "" {
		path, err := filepath.Abs(o.program)
		return programOf(path), err
	}
	if err := os.MkdirAll(o.dir, 0o777); err != nil {
		return program{}, err
	}
	path := filepath.Join(o.dir, "lossctl")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", path, ".")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return program{}, fmt.Errorf("go build: %w (run it at the root of the repository, or give -program)", err)
	}
	p := programOf(path)
	if out, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty= with changes").Output(); err == nil {
		p.revision = strings.TrimSpace(string(out)) // GOFLAGS may have left it out of the binary
	}
	return p, nil
}

// programOf asks a binary what it is.
func programOf(path string) program {
	p := program{path: path, version: "unknown", revision: "unknown revision"}
	if out, err := exec.Command(path, "--version").Output(); err == nil {
		p.version = strings.TrimPrefix(strings.TrimSpace(string(out)), "lossctl version ")
	}
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return p
	}
	p.goVersion = info.GoVersion
	modified := ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			p.revision = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = " with changes"
		}
	}
	p.revision += modified
	return p
}
