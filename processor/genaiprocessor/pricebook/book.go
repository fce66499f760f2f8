package pricebook

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Book is a versioned list of prices. The first price that fits a call is its price; of prices for the same calls, the
// latest From comes first, then those of some hours of the day, then the highest InputOver.
type Book struct {
	source, version string
	entries         []*entry
	// Machines are model servers whose cost is divided by time instead.
	Machines []Machine
}

// New makes a book. Source and version stand in every cost that follows from it.
func New(source, version string, prices []Price) (*Book, error) {
	b := &Book{source: source, version: version}
	var errs []error
	compiled := patternLists{}
	for i := range prices {
		e, err := compile(&prices[i], compiled)
		if err != nil {
			errs = append(errs, fmt.Errorf("price %d: %w", i, err))
			continue
		}
		e.book = b
		b.entries = append(b.entries, e)
	}
	b.order()
	return b, errors.Join(errs...)
}

// Version names the book's state.
func (b *Book) Version() string { return b.version }

// Conditions lists the conditions of its prices.
func (b *Book) Conditions() []string {
	var conditions []string
	for _, e := range b.entries {
		if e.when != "" && !slices.Contains(conditions, e.when) {
			conditions = append(conditions, e.when)
		}
	}
	return conditions
}

func (b *Book) order() {
	place := make(map[string]int)
	for i, e := range b.entries {
		if _, ok := place[e.selector]; !ok {
			place[e.selector] = i
		}
	}
	slices.SortStableFunc(b.entries, func(x, y *entry) int {
		return cmp.Or(
			cmp.Compare(place[x.selector], place[y.selector]),
			y.from.Compare(x.from),
			cmp.Compare(y.daily.rank(), x.daily.rank()),
			cmp.Compare(y.inputOver, x.inputOver),
		)
	})
}
