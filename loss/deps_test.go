package loss_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Numbers flow one way: packages may import only what stands here.
func TestDependencies(t *testing.T) {
	allowed := map[string][]string{
		"loss":         {"internal/"},
		"loss/engine":  {"internal/", "loss"},
		"internal/...": {"internal/"},
		"internal/sum": {},
		"internal/vec": {},
		"io/report":    {"internal/"},
		"io/array":     {"internal/", "loss"}, // loss.Source
		"io/image":     {"internal/", "loss", "io/array"},
	}
	for pkg, list := range allowed {
		out, err := exec.Command("go", "list", "-deps", "lossctl/"+pkg).Output()
		if err != nil {
			t.Fatalf("go list %s: %v", pkg, err)
		}
		for _, dep := range strings.Fields(string(out)) {
			name, ours := strings.CutPrefix(dep, "lossctl/")
			if !ours || name == pkg {
				continue
			}
			if !slices.ContainsFunc(list, func(a string) bool {
				return name == a || strings.HasSuffix(a, "/") && strings.HasPrefix(name, a)
			}) {
				t.Errorf("%s imports %s", pkg, dep)
			}
		}
	}
}

// The mathematics knows of no files and no flags.
func TestNoFiles(t *testing.T) {
	for _, pkg := range []string{"loss", "loss/engine"} {
		out, err := exec.Command("go", "list", "-f", `{{join .Imports "\n"}}`, "lossctl/"+pkg).Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, dep := range strings.Fields(string(out)) {
			switch dep {
			case "os", "io", "bufio", "flag", "log", "net", "io/fs", "path/filepath":
				t.Errorf("%s imports %s", pkg, dep)
			}
			if strings.Contains(dep, "urfave") {
				t.Errorf("%s imports %s", pkg, dep)
			}
		}
	}
}
