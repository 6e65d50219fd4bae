package commands

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"lossctl/io/weights"
)

// weightsCommand lists the networks' weights that were found, and downloads
// published ones.
func weightsCommand(s streams) *cli.Command {
	list := func(c *cli.Context) error {
		if c.NArg() > 0 {
			return usagef("%s: stray argument, want none", c.Args().First())
		}
		for _, item := range weights.List() {
			path := item.Path
			if path == "" {
				path = fmt.Sprintf("– (lossctl weights pull %s, %g MB)", item.Name, item.MB)
			}
			if _, err := fmt.Fprintf(s.out, "%-18s %s\n", item.Name, path); err != nil {
				return err
			}
		}
		return nil
	}
	return &cli.Command{
		Name:            "weights",
		Usage:           "weights of pretrained networks: what is found, and downloads",
		OnUsageError:    usageErrorOf,
		HideHelpCommand: true,
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return usagef("weights: got %s, want list or pull NAME", c.Args().First())
			}
			return cli.ShowSubcommandHelp(c)
		},
		Subcommands: []*cli.Command{
			{Name: "list", Usage: "the networks, and the file of each that was found", OnUsageError: usageErrorOf, HideHelpCommand: true, Action: list},
			{
				Name: "pull", Usage: "download the published weights of NAME, checked by their SHA-256", ArgsUsage: "NAME",
				OnUsageError: usageErrorOf, HideHelpCommand: true,
				Action: func(c *cli.Context) error { return pullWeights(c, s) },
			},
		},
	}
}

// pullWeights downloads one file, with a bar on a terminal, and prints where
// it is.
func pullWeights(c *cli.Context, s streams) error {
	if c.NArg() != 1 {
		return usagef("weights pull: got %q, want one name: %s", strings.Join(c.Args().Slice(), " "), strings.Join(weightNames(), ", "))
	}
	progress := func(int64, int64) {}
	if terminal(s.err) {
		bars := mpb.New(mpb.WithOutput(s.err), mpb.WithWidth(40))
		bar := bars.AddBar(0, mpb.BarRemoveOnComplete(), mpb.PrependDecorators(decor.Name(c.Args().First()+" "), decor.CountersKibiByte("% .1f / % .1f")))
		progress = func(done, total int64) {
			bar.SetTotal(total, false)
			bar.SetCurrent(done)
		}
		defer bars.Wait()
		defer bar.Abort(true)
	}
	path, err := weights.Pull(c.Context, c.Args().First(), weights.Folder(), progress)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, path)
	return err
}

func weightNames() []string {
	var names []string
	for _, item := range weights.List() {
		names = append(names, item.Name)
	}
	return names
}
