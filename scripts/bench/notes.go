package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const openNotes, endNotes = "<!-- notes -->", "<!-- /notes -->"

// notesOf is what stands between the marks of the file, with the marks.
func notesOf(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		return "", err
	}
	s := string(text)
	i, j := strings.Index(s, openNotes), strings.Index(s, endNotes)
	switch {
	case i < 0 && j < 0:
		return openNotes + "\n" + endNotes + "\n\n", nil
	case i < 0 || j < i:
		return "", fmt.Errorf("%s: want %s before %s, and both or none", file, openNotes, endNotes)
	}
	return s[i:j+len(endNotes)] + "\n\n", nil
}

// check finds what would keep the page from being written, before the long
// run.
func check(file string) error {
	if file == "" {
		return nil
	}
	if _, err := os.Stat(filepath.Dir(file)); err != nil {
		return err
	}
	_, err := notesOf(file)
	return err
}
