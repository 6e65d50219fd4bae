// Lossctl computes the loss functions of deep learning from files.
package main

import (
	"os"

	"lossctl/commands"
)

func main() {
	os.Exit(commands.Main(os.Args, os.Stdin, os.Stdout, os.Stderr))
}
