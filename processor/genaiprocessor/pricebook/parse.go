package pricebook

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"go.opentelemetry.io/collector/confmap"
)

// versionBytes is how much of the hash of a book's text makes its version when it names none.
const versionBytes = 6

// file is a price book as text.
type file struct {
	// Version names the state of the prices; left out, it is a hash of the text.
	Version string `mapstructure:"version"`
	// Prices are asked in order.
	Prices []Price `mapstructure:"prices"`
}

// Parse makes a book of YAML with the keys version and prices. Source stands in every cost that follows from it.
func Parse(source string, text []byte) (*Book, error) {
	retrieved, err := confmap.NewRetrievedFromYAML(text)
	if err != nil {
		return nil, err
	}
	conf, err := retrieved.AsConf()
	if err != nil {
		return nil, err
	}
	var f file
	if err := conf.Unmarshal(&f); err != nil {
		return nil, err
	}
	if !conf.IsSet("prices") {
		return nil, errors.New("prices: needed; an empty list is []")
	}
	if f.Version == "" {
		hash := sha256.Sum256(text)
		f.Version = hex.EncodeToString(hash[:versionBytes])
	}
	return New(source, f.Version, f.Prices)
}
