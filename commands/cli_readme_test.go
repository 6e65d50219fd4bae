package commands

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A readmeLine is a command of the README and what it shows below it.
type readmeLine struct {
	number  int // of the line in the file
	command string
	want    []string
}

// TestReadme runs the ```sh blocks of the README, each in the order of the
// page, in a folder that has a copy of testdata. A block without a line that
// starts with "$ " is only shown; … on a line of its own stands for any
// lines. Commands that need the network or the machine are not run.
func TestReadme(t *testing.T) {
	page, err := os.ReadFile("../README.md")
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("there is no README.md yet")
	}
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "testdata"), os.DirFS("../testdata")); err != nil {
		t.Fatal(err)
	}
	lines := readmeLines(string(page))
	if len(lines) == 0 {
		t.Error("README.md: got no commands, want some")
	}
	for _, l := range lines {
		got := shell(t, dir, l.command)
		if !matchLines(l.want, got) {
			t.Errorf("README.md:%d: $ %s\ngot:\n%s\nwant:\n%s", l.number, l.command, strings.Join(got, "\n"), strings.Join(l.want, "\n"))
		}
	}
}

// readmeLines are the commands of the sh blocks. A command goes on behind a
// backslash.
func readmeLines(page string) []readmeLine {
	var list []readmeLine
	in, more := false, false
	for i, line := range strings.Split(strings.ReplaceAll(page, "\r\n", "\n"), "\n") {
		fence := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(fence, "```"):
			in = !in && (fence == "```sh" || fence == "```console")
			more = false
			if in {
				list = append(list, readmeLine{}) // parts the blocks
			}
		case !in:
		case more:
			last := &list[len(list)-1]
			last.command += "\n" + line
			more = strings.HasSuffix(line, `\`)
		case strings.HasPrefix(line, "$ "):
			list = append(list, readmeLine{number: i + 1, command: line[2:]})
			more = strings.HasSuffix(line, `\`)
		default:
			last := &list[len(list)-1]
			last.want = append(last.want, line)
		}
	}
	var commands []readmeLine
	for _, l := range list {
		if l.command != "" && runnable(l.command) {
			l.want = trimLines(l.want)
			commands = append(commands, l)
		}
	}
	return commands
}

// runnable reports whether a command runs the program, and needs nothing else
// than the usual tools.
func runnable(command string) bool {
	return regexp.MustCompile(`(^|[|;&(] ?)(lossctl|\./lossctl|go run \.)( |$)`).MatchString(command)
}

// shell runs a command in bash, both streams together as a terminal shows
// them.
func shell(t *testing.T, dir, command string) []string {
	t.Helper()
	command = regexp.MustCompile(`(^|[^\w./-])(go run \.|\./lossctl)( |$)`).ReplaceAllString(command, "${1}lossctl$3")
	c := exec.Command("bash", "-c", command)
	c.Dir = dir
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return trimLines(strings.Split(string(out), "\n"))
}

// trimLines drops white space at the ends of lines, and empty lines at both
// ends.
func trimLines(lines []string) []string {
	var list []string
	for _, l := range lines {
		list = append(list, strings.TrimRight(l, " \t"))
	}
	for len(list) > 0 && list[0] == "" {
		list = list[1:]
	}
	for len(list) > 0 && list[len(list)-1] == "" {
		list = list[:len(list)-1]
	}
	return list
}

// matchLines compares lines with a pattern in which … is any lines.
func matchLines(want, got []string) bool {
	switch {
	case len(want) == 0:
		return len(got) == 0
	case strings.TrimSpace(want[0]) == "…":
		for i := range len(got) + 1 {
			if matchLines(want[1:], got[i:]) {
				return true
			}
		}
		return false
	}
	return len(got) > 0 && want[0] == got[0] && matchLines(want[1:], got[1:])
}

func TestReadmeParser(t *testing.T) {
	const page = "text\n```sh\n$ lossctl a \\\n    b\none\n…\ntwo\n\n$ lossctl c\n```\n```sh\ngo install x\n```\n```go\n$ lossctl no\n```\n```sh\n$ go run . d | head -1\nx\n```\n"
	list := readmeLines(page)
	if len(list) != 3 {
		t.Fatalf("got %d commands, want 3: %v", len(list), list)
	}
	if list[0].command != "lossctl a \\\n    b" || len(list[0].want) != 3 || list[0].number != 3 || len(list[1].want) != 0 || list[2].want[0] != "x" {
		t.Errorf("got %+v", list)
	}
	for _, c := range []struct {
		got  string
		want bool
	}{{"one\ntwo", true}, {"one\n1\n2\ntwo", true}, {"one\ntwo\nthree", false}, {"one", false}} {
		if matchLines(list[0].want, strings.Split(c.got, "\n")) != c.want {
			t.Errorf("%q: got %v, want %v", c.got, !c.want, c.want)
		}
	}
}
