package genaiprocessor

import (
	"encoding/json"
	"fmt"
	"sync/atomic"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/processor/genaiprocessor/pricebook"
)

const (
	sourceConfig = "config"
	sourceFile   = "prices_file"
)

// price decides what a call cost. A cost that an earlier processor found stays, but for one that the server stated.
type price struct {
	configured, builtin *pricebook.Book
	pricing             atomic.Pointer[pricing]
	// onUnknown is called for every call without a known cost.
	onUnknown func(reason string)
}

// pricing is what counts at a time.
type pricing struct {
	catalog    *pricebook.Catalog
	conditions conditions
}

func newPrice(cfg *Config, onUnknown func(reason string)) (*price, error) {
	version, err := pricesVersion(cfg)
	if err != nil {
		return nil, err
	}
	p := &price{onUnknown: onUnknown}
	if p.configured, err = pricebook.New(sourceConfig, version, cfg.Prices); err != nil {
		return nil, err
	}
	p.configured.Machines = cfg.Machines
	if cfg.BuiltinPrices {
		if p.builtin, err = pricebook.Builtin(); err != nil {
			return nil, err
		}
	}
	return p, p.set(nil)
}

// set puts the book of the file, if there is one, between the configured and the built-in one.
func (p *price) set(ofFile *pricebook.Book) error {
	var books []*pricebook.Book
	var texts []string
	for _, book := range []*pricebook.Book{p.configured, ofFile, p.builtin} {
		if book != nil {
			books = append(books, book)
			texts = append(texts, book.Conditions()...)
		}
	}
	c, err := newConditions(texts)
	if err != nil {
		return err
	}
	p.pricing.Store(&pricing{pricebook.NewCatalog(books...), c})
	return nil
}

// take reads the file of prices.
func (p *price) take(text []byte) error {
	book, err := pricebook.Parse(sourceFile, text)
	if err != nil {
		return err
	}
	return p.set(book)
}

// pricesVersion makes sure that changed prices have a changed version, even if nobody thinks of it.
func pricesVersion(cfg *Config) (string, error) {
	if cfg.PricesVersion != "" {
		return cfg.PricesVersion, nil
	}
	text, err := json.Marshal([]any{cfg.Prices, cfg.Machines})
	if err != nil {
		return "", fmt.Errorf("prices: %w", err)
	}
	return pricebook.VersionOf(text), nil
}

func (p *price) apply(c *genai.Call, from *origin) {
	if c.Cost.Known && c.Cost.Source != genai.CostReported {
		return
	}
	now := p.pricing.Load()
	cost, reason := now.catalog.Cost(c, func(condition string) bool { return from.fulfils(now.conditions[condition]) })
	if reason != "" && !from.ahead {
		p.onUnknown(reason)
	}
	c.Cost = cost
}
