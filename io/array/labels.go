package array

import (
	"regexp"
	"strconv"
)

var textFile = regexp.MustCompile(`\.(csv|tsv|txt|jsonl)(\.gz|\.zst)?(:|$)`)

// Labels returns the texts of a column that is not all numbers, nil where it
// is, or where the file is no text.
func Labels(spec string) ([]string, error) {
	if !textFile.MatchString(spec) || IsStdin(spec) {
		return nil, nil
	}
	list, err := Strings(spec)
	if err != nil {
		return nil, err
	}
	for _, s := range list {
		if _, err := strconv.ParseFloat(s, 64); err != nil {
			return list, nil
		}
	}
	return nil, nil
}
