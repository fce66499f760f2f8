package pricebook

import (
	_ "embed"
	"fmt"
	"sync"
)

// SourceBuiltin is the source of costs by the built-in book.
const SourceBuiltin = "price_book"

//go:generate node generate/generate.mjs ../../../.cache/genai-prices builtin.yaml

//go:embed builtin.yaml
var builtinYAML []byte

// Builtin gives the price book that comes with llmtap.
var Builtin = sync.OnceValues(func() (*Book, error) {
	book, err := Parse(SourceBuiltin, builtinYAML)
	if err != nil {
		return nil, fmt.Errorf("built-in price book: %w", err)
	}
	return book, nil
})
