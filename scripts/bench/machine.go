package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/cpu"
)

// A machine is what the numbers were measured on.
type machine struct {
	cpu, memory, system string
	cores               int
	load                string // before the first run
}

func describe() machine {
	m := machine{cpu: field("/proc/cpuinfo", "model name"), memory: field("/proc/meminfo", "MemTotal"), cores: runtime.NumCPU(), load: load()}
	if f, mo := field("/proc/cpuinfo", "cpu family"), field("/proc/cpuinfo", "model"); f != "" {
		m.cpu += fmt.Sprintf(" (family %s, model %s)", f, mo)
	}
	var kb int
	if _, err := fmt.Sscanf(m.memory, "%d kB", &kb); err == nil {
		m.memory = fmt.Sprintf("%.1f GiB", float64(kb)/(1<<20))
	}
	m.system = runtime.GOOS + "/" + runtime.GOARCH
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.system += " " + strings.TrimSpace(string(release))
	}
	return m
}

// features are what internal/vec chooses by.
func features() (avx2, avx512 bool) {
	x := &cpu.X86
	avx2 = x.HasAVX2 && x.HasFMA
	return avx2, avx2 && x.HasAVX512F && x.HasAVX512DQ && x.HasBMI2
}

// levels are the lesser instruction sets that LOSSCTL_VEC can force.
func levels() []string {
	switch avx2, avx512 := features(); {
	case avx512:
		return []string{"avx2", "generic"}
	case avx2:
		return []string{"generic"}
	}
	return nil
}

// field is the value of the first "key : value" of a file; "" where there is
// none.
func field(file, key string) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if k, v, ok := strings.Cut(s.Text(), ":"); ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// load is the load average of the last minute, "" where it is not known.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}
