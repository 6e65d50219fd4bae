// Lossctl computes the loss functions of deep learning from files.
package main

//go:generate go run ./scripts/docs

import (
	"os"

	"lossctl/commands"
)

func main() {
	os.Exit(commands.Main(os.Args, os.Stdin, os.Stdout, os.Stderr))
}
