package vec

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The allocator of avo knows 32 registers; AVX2 has 16.
func TestAVX2HasItsRegisters(t *testing.T) {
	beyond := regexp.MustCompile(`\b[XYZ](1[6-9]|2\d|3[01])\b`)
	for _, file := range []string{"vec_amd64.s", "../sum/cut_amd64.s"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		funcs := strings.Split(string(text), "TEXT ·")[1:]
		if len(funcs) == 0 {
			t.Errorf("%s: no functions", file)
		}
		for _, f := range funcs {
			name, body, _ := strings.Cut(f, "(")
			if r := beyond.FindString(body); r != "" && strings.HasSuffix(name, "AVX2") {
				t.Errorf("%s: %s uses %s", file, name, r)
			}
		}
	}
}
