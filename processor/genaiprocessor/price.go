package genaiprocessor

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/processor/genaiprocessor/pricebook"
)

const (
	sourceConfig = "config"
	// versionBytes is how much of the hash of the configured prices makes their version.
	versionBytes = 6
)

// price decides what a call cost. A cost that an earlier processor found stays.
type price struct {
	catalog *pricebook.Catalog
	// onUnknown is called for every call without a known cost.
	onUnknown func(reason string)
}

func newPrice(cfg *Config, onUnknown func(reason string)) (*price, error) {
	version, err := pricesVersion(cfg)
	if err != nil {
		return nil, err
	}
	configured, err := pricebook.New(sourceConfig, version, cfg.Prices)
	books := []*pricebook.Book{configured}
	if cfg.BuiltinPrices {
		builtin, builtinErr := pricebook.Builtin()
		books = append(books, builtin)
		err = errors.Join(err, builtinErr)
	}
	if err != nil {
		return nil, err
	}
	return &price{catalog: pricebook.NewCatalog(books...), onUnknown: onUnknown}, nil
}

// pricesVersion makes sure that changed prices have a changed version, even if nobody thinks of it.
func pricesVersion(cfg *Config) (string, error) {
	if cfg.PricesVersion != "" {
		return cfg.PricesVersion, nil
	}
	text, err := json.Marshal(cfg.Prices)
	if err != nil {
		return "", fmt.Errorf("prices: %w", err)
	}
	hash := sha256.Sum256(text)
	return hex.EncodeToString(hash[:versionBytes]), nil
}

func (p *price) apply(c *genai.Call, _ origin) {
	if c.Cost.Known {
		return
	}
	cost, reason := p.catalog.Cost(c)
	if reason != "" {
		p.onUnknown(reason)
	}
	c.Cost = cost
}
