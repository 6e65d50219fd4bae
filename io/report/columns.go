package report

import (
	"fmt"
	"strconv"
)

// columns are the heads of per-sample rows, fixed by the first of them.
type columns struct {
	id      bool // there are ids
	extra   []string
	classes int
}

func columnsOf(s *Sample) *columns {
	c := &columns{id: s.ID != "", classes: len(s.Classes)}
	for _, f := range s.Extra {
		c.extra = append(c.extra, f.Name)
	}
	return c
}

// heads lists the columns: index, id where there is one, loss, count, what
// the loss adds, and one a class by name, or class.N where it has none or
// one that is taken.
func (c *columns) heads(classNames []string) []string {
	heads := []string{"index"}
	if c.id {
		heads = append(heads, "id")
	}
	heads = append(append(heads, "loss", "count"), c.extra...)
	taken := map[string]bool{"": true}
	for _, h := range heads {
		taken[h] = true
	}
	for i := range c.classes {
		head := "class." + strconv.Itoa(i)
		if i < len(classNames) && !taken[classNames[i]] {
			head = classNames[i]
		}
		taken[head] = true
		heads = append(heads, head)
	}
	return heads
}

// fit reports a row that does not have these columns.
func (c *columns) fit(s *Sample) error {
	if len(s.Classes) != c.classes || len(s.Extra) != len(c.extra) || s.ID != "" && !c.id {
		return c.misfit(s)
	}
	for i, f := range s.Extra {
		if f.Name != c.extra[i] {
			return c.misfit(s)
		}
	}
	return nil
}

func (c *columns) misfit(s *Sample) error {
	return fmt.Errorf("row of sample %d has other columns (%v) than the first (%v)",
		s.Index, columnsOf(s).heads(nil), c.heads(nil))
}

// numeric tells which columns are numbers, as far as the row s shows.
func (c *columns) numeric(s *Sample) []bool {
	right := []bool{true}
	if c.id {
		right = append(right, false)
	}
	right = append(right, true, true)
	for _, f := range s.Extra {
		_, number := f.number()
		right = append(right, number)
	}
	for range c.classes {
		right = append(right, true)
	}
	return right
}

// cells is the row for a person, with so many significant digits.
func (c *columns) cells(s *Sample, digits int) []string {
	cells := []string{strconv.Itoa(s.Index)}
	if c.id {
		cells = append(cells, oneLine(s.ID))
	}
	cells = append(cells, significant(float64(s.Loss), digits), count(s.Count, digits))
	for _, f := range s.Extra {
		switch f.Value.(type) {
		case Float, float64, float32:
			x, _ := f.number()
			cells = append(cells, significant(float64(x), digits))
		default:
			cells = append(cells, oneLine(f.text()))
		}
	}
	for _, x := range s.Classes {
		cells = append(cells, significant(float64(x), digits))
	}
	return cells
}
