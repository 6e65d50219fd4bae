package vec

import (
	"fmt"
	"os"
	"regexp"
	"slices"
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

func TestCheckEnv(t *testing.T) {
	for _, v := range append(levels(), "") {
		t.Setenv("LOSSCTL_VEC", v)
		if err := CheckEnv(); err != nil {
			t.Errorf("%q: %v", v, err)
		}
	}
	lacks := []string{"avx", "AVX2", "generic ", "1"}
	for _, v := range []string{"avx2", "avx512"} {
		if !slices.Contains(levels(), v) {
			lacks = append(lacks, v)
		}
	}
	for _, v := range lacks {
		t.Setenv("LOSSCTL_VEC", v)
		if err := CheckEnv(); err == nil || err.Error() != fmt.Sprintf("LOSSCTL_VEC: got %q, want generic|avx2|avx512", v) {
			t.Errorf("%q: %v", v, err)
		}
	}
}
