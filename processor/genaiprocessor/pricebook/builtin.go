package pricebook

import (
	_ "embed"
	"fmt"

	"go.opentelemetry.io/collector/confmap"
)

// SourceBuiltin is the source of costs by the built-in book.
const SourceBuiltin = "price_book"

//go:embed builtin.yaml
var builtinYAML []byte

// Builtin gives the price book that comes with llmtap.
func Builtin() (*Book, error) {
	var file struct {
		Version string  `mapstructure:"version"`
		Prices  []Price `mapstructure:"prices"`
	}
	retrieved, err := confmap.NewRetrievedFromYAML(builtinYAML)
	if err != nil {
		return nil, fmt.Errorf("built-in price book: %w", err)
	}
	conf, err := retrieved.AsConf()
	if err != nil {
		return nil, fmt.Errorf("built-in price book: %w", err)
	}
	if err := conf.Unmarshal(&file); err != nil {
		return nil, fmt.Errorf("built-in price book: %w", err)
	}
	return New(SourceBuiltin, file.Version, file.Prices)
}
