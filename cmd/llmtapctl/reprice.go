package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/llmtap/llmtap/internal/command"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/processor/genaiprocessor/pricebook"
)

// pricing says with which prices stored calls are priced anew.
type pricing struct {
	file    string
	builtin bool
	// forget lets known costs become unknown where no price fits.
	forget bool
	// longest is the longest time that a call may take; hours end for good so long after their end.
	longest command.Period
}

func (p *pricing) register(flags *flag.FlagSet) {
	flags.StringVar(&p.file, "prices", "", "`file` of prices and machines, as the processor's prices_file")
	flags.BoolVar(&p.builtin, "builtin", true, "ask the built-in price book after the file")
	flags.BoolVar(&p.forget, "forget", false, "let costs that are known become unknown where no price of the file and the book fits")
	p.longest = command.Period(time.Hour)
	flags.Var(&p.longest, "longest", "longest `time` that a call takes, for machines with a price by the hour, like 90m or 2h")
}

// reprice computes the cost of each call of a range from its token counts, unless the server stated it and the file has no price for it,
// divides the cost of machines with a price by the hour among the calls that they served, and makes the rollups anew. Run again with the
// same prices, it changes nothing.
func (p *pricing) reprice(ctx context.Context, d *database, within span, out io.Writer) (err error) {
	if d.suffix != "" {
		return errors.New("reprice does not run on a cluster: run it on each shard's tables by a database without one")
	}
	longest := time.Duration(p.longest)
	if longest <= 0 {
		return fmt.Errorf("-longest %s: calls take some time; give more, like 1h", longest)
	}
	file, books, err := p.books()
	if err != nil {
		return err
	}
	if len(file.Machines) > 0 && within.to.Add(longest).After(time.Now()) {
		return fmt.Errorf("calls that ran until %s may still come, and machines are divided among all: choose an earlier -to, or a shorter -longest",
			within.to.Format(time.RFC3339))
	}
	if err := d.hasCalls(ctx, within); err != nil {
		return err
	}
	t, err := d.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.end(ctx)) }()
	calls, err := d.readCalls(ctx, within, longest, len(file.Machines) > 0)
	if err != nil {
		return err
	}
	shares, hours := divide(file.Machines, calls, within)
	list := costs(pricebook.NewCatalog(books...), calls, shares, within)
	if n, models := lost(list); n > 0 && !p.forget {
		return fmt.Errorf("%d calls that have a cost would have none: no price of the file or the book fits %s, as where only the processor's "+
			"configuration has one; add prices to the file of -prices, or give -forget", n, models)
	}
	fmt.Fprintf(out, "the costs of %d calls are being stored; %d of them are unknown\n", len(list), unknown(list))
	if err := d.storeCosts(ctx, t, within, list); err != nil {
		return halfway("reprice", err)
	}
	if err := d.storeHours(ctx, within, hours, file.Version()); err != nil {
		return halfway("reprice", err)
	}
	return halfway("reprice", t.mend(ctx, within, out))
}

// books gives the file's book, which has the machines and is empty where there is no file, and all that are asked for prices.
func (p *pricing) books() (file *pricebook.Book, all []*pricebook.Book, err error) {
	file = new(pricebook.Book)
	if p.file != "" {
		text, err := os.ReadFile(p.file)
		if err != nil {
			return nil, nil, err
		}
		if file, err = pricebook.Parse("prices_file", text); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", p.file, err)
		}
		if conditions := file.Conditions(); len(conditions) > 0 {
			return nil, nil, fmt.Errorf("%s: when: %s: a stored call has no span to ask; leave conditions out", p.file, conditions[0])
		}
		all = append(all, file)
	}
	if p.builtin {
		book, err := pricebook.Builtin()
		if err != nil {
			return nil, nil, err
		}
		all = append(all, book)
	}
	return file, all, nil
}

// costs gives the cost of each call that began in the range.
func costs(catalog *pricebook.Catalog, calls []stored, shares map[uuid.UUID]genai.NanoUSD, within span) []priced {
	var list []priced
	for i := range calls {
		c := &calls[i]
		if c.Start.Before(within.from.Time) {
			continue
		}
		cost, _ := catalog.Cost(&c.Call, nil)
		if share, ok := shares[c.id]; ok && cost.Source == pricebook.SourceHourly {
			cost.Amount, cost.Known = share, true
		}
		if c.Start.Before(within.to.Time) {
			p := priced{id: c.id, cost: cost}
			if c.Cost.Known && !cost.Known {
				p.lostBy = cmp.Or(c.ResponseModel, c.RequestModel, "calls without a model")
			}
			list = append(list, p)
		}
	}
	return list
}

// priced is a stored call with its new cost.
type priced struct {
	id   uuid.UUID
	cost genai.Cost
	// lostBy is the model of a call that has a stored cost, and is to have none.
	lostBy string
}

// lostModelsMax is how many models are named whose calls would lose their costs.
const lostModelsMax = 5

// lost counts the calls whose cost nothing could bring back, and names their models.
func lost(list []priced) (n int, models string) {
	var named []string
	for i := range list {
		model := list[i].lostBy
		if model == "" {
			continue
		}
		n++
		if !slices.Contains(named, model) && len(named) <= lostModelsMax {
			named = append(named, model)
		}
	}
	if len(named) > lostModelsMax {
		named[lostModelsMax] = "others"
	}
	return n, strings.Join(named, ", ")
}

// unknown counts the calls that get no cost, such as those whose prices stand in the processor's configuration alone.
func unknown(list []priced) int {
	n := 0
	for i := range list {
		if !list[i].cost.Known {
			n++
		}
	}
	return n
}

func (p *priced) amount() *decimal.Decimal {
	if !p.cost.Known {
		return nil
	}
	amount := decimal.New(int64(p.cost.Amount), -9)
	return &amount
}
