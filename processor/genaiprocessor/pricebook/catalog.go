package pricebook

import (
	"errors"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/llmtap/llmtap/internal/genai"
)

const (
	// kindsMax bounds the kinds of calls whose prices are remembered; names of models come from outside.
	kindsMax = 4096
	// nameBytesMax bounds each name that a price is looked up by; there is no price for a longer one.
	nameBytesMax = 512
)

// The sources of a cost that no book gives.
const (
	SourceUnknown = "unknown"
	// SourceNotBilled is of calls that made no model work: they cost nothing.
	SourceNotBilled = "not_billed"
	// SourceHostedTools is of calls whose tokens the built-in book prices, but not what the server did besides. That they are known by
	// it lets stored calls be priced anew.
	SourceHostedTools = "hosted_tools"
)

// The reasons for an unknown cost.
const (
	NoPrice     = "no_price"
	NoUsage     = "no_usage"
	OutOfRange  = "out_of_range"
	HostedTools = "hosted_tools"
)

// Reasons are all of them.
var Reasons = []string{NoPrice, NoUsage, OutOfRange, HostedTools, Hourly}

// Catalog asks price books in order, the most important first. It is safe for concurrent use.
type Catalog struct {
	books []*Book
	known *lru.Cache[kind, []*entry]
}

// kind is all that the choice of a price depends on, besides date and size.
type kind struct{ model, requested, upstream, address, provider, tier string }

// NewCatalog makes a catalog of books.
func NewCatalog(books ...*Book) *Catalog {
	known, err := lru.New[kind, []*entry](kindsMax)
	if err != nil {
		panic(err) // only for a size below one
	}
	return &Catalog{books: books, known: known}
}

// Cost gives what a call cost. For an unknown cost it also gives the reason, which otherwise is empty. Conditions of
// prices are put to fulfils; without it, none is fulfilled. What the server states of the cost, as the call comes with it, counts before the
// built-in book, and where no other price can be applied.
func (c *Catalog) Cost(call *genai.Call, fulfils func(condition string) bool) (genai.Cost, string) {
	if !Billed(call) {
		return genai.Cost{Known: true, Source: SourceNotBilled}, ""
	}
	for _, book := range c.books {
		if MachineAt(book.Machines, call.Upstream, call.Start) != nil {
			return genai.Cost{Source: SourceHourly, PriceVersion: book.version}, Hourly
		}
	}
	cost, reason := c.priced(call, fulfils)
	if call.Cost.Source != genai.CostReported || cost.Known && cost.Source != SourceBuiltin {
		return cost, reason
	}
	if call.Cost.Known {
		return call.Cost, ""
	}
	if !cost.Known { // what the server states is absurd
		reason = OutOfRange
	}
	return cost, reason
}

// priced gives what a call cost by the books.
func (c *Catalog) priced(call *genai.Call, fulfils func(condition string) bool) (genai.Cost, string) {
	for _, e := range c.entries(call) {
		if !e.holds(call) || e.when != "" && (fulfils == nil || !fulfils(e.when)) {
			continue
		}
		if call.Usage.HostedTools && e.book.source == SourceBuiltin {
			return genai.Cost{Source: SourceHostedTools, PriceVersion: e.book.version}, HostedTools
		}
		if e.book.source == SourceBuiltin && e.lacks(call) {
			return genai.Cost{Source: SourceUnknown, PriceVersion: e.book.version}, NoUsage
		}
		amount, err := e.cost(call)
		switch {
		case errors.Is(err, errNoUsage):
			return unknown(), NoUsage
		case err != nil:
			return unknown(), OutOfRange
		}
		return genai.Cost{Amount: amount, Known: true, Source: e.book.source, PriceVersion: e.book.version}, ""
	}
	return unknown(), NoPrice
}

// Billed tells whether a call may cost anything: one that was refused, or that only looks after another, does not.
func Billed(call *genai.Call) bool {
	return !call.Operation.NoModelWork() && call.Outcome != genai.OutcomeRefused
}

func unknown() genai.Cost { return genai.Cost{Source: SourceUnknown} }

func (c *Catalog) entries(call *genai.Call) []*entry {
	k := kind{
		model: call.ResponseModel, requested: call.RequestModel, upstream: call.Upstream, address: call.ServerAddress,
		tier: call.ServiceTier,
	}
	if k.address == "" {
		k.provider = call.Provider
	}
	if entries, ok := c.known.Get(k); ok {
		return entries
	}
	if max(len(k.model), len(k.requested), len(k.upstream), len(k.address), len(k.provider), len(k.tier)) > nameBytesMax {
		return nil
	}
	entries := c.find(&k)
	c.known.Add(k.clone(), entries)
	return entries
}

// clone keeps the remembered names from holding the request and answer that they were cut from.
func (k kind) clone() kind {
	return kind{
		model: strings.Clone(k.model), requested: strings.Clone(k.requested), upstream: strings.Clone(k.upstream),
		address: strings.Clone(k.address), provider: strings.Clone(k.provider), tier: strings.Clone(k.tier),
	}
}

// find lists the prices for such calls in order: of each book those of the answering model, then, as an alias may be
// what the book knows, those of the requested one, of either by its whole name first.
func (c *Catalog) find(k *kind) []*entry {
	var found []*entry
	models := append(names(k.model), names(k.requested)...)
	for _, book := range c.books {
		for _, model := range models {
			for _, e := range book.entries {
				if model != "" && e.fits(k, model) {
					found = append(found, e)
				}
			}
		}
	}
	return found
}
