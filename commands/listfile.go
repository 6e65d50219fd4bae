package commands

import (
	"os"

	"lossctl/loss"
)

// listOrFile is a list parameter whose numbers may stand in a file.
type listOrFile struct {
	loss.Value
	name  string
	files map[string]string
}

func (v listOrFile) Set(s string) error {
	err := v.Value.Set(s)
	if err == nil {
		delete(v.files, v.name)
		return nil
	}
	if _, bad := os.Stat(s); bad == nil {
		v.files[v.name] = s
		return nil
	}
	return err
}
