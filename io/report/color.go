package report

// A paint is an ANSI attribute.
type paint string

const (
	bold   paint = "1"
	dim    paint = "2"
	yellow paint = "33"
)

// paint wraps s, in colour only.
func (p *page) paint(a paint, s string) string {
	if !p.opt.Color || s == "" {
		return s
	}
	return "\x1b[" + string(a) + "m" + s + "\x1b[0m"
}
