package pricebook

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/llmtap/llmtap/internal/settings"
)

// versionBytes is how much of a hash makes a version.
const versionBytes = 6

// VersionOf makes a version of a text of prices that names none: another text has another one.
func VersionOf(text []byte) string {
	hash := sha256.Sum256(text)
	return hex.EncodeToString(hash[:versionBytes])
}

// file is a price book as text.
type file struct {
	// Version names the state of the prices; left out, it is a hash of the text.
	Version string `mapstructure:"version"`
	// Prices are asked in order.
	Prices []Price `mapstructure:"prices"`
	// Machines are model servers with a price by the hour.
	Machines []Machine `mapstructure:"machines"`
}

// Parse makes a book of YAML with the keys version, prices and machines. Source stands in every cost that follows from it.
func Parse(source string, text []byte) (*Book, error) {
	var f file
	if err := settings.UnmarshalFile(text, "prices", &f); err != nil {
		return nil, err
	}
	if f.Version == "" {
		f.Version = VersionOf(text)
	}
	errs := []error{CheckMachines(f.Machines)}
	for i := range f.Machines {
		if err := f.Machines[i].Validate(); err != nil {
			errs = append(errs, fmt.Errorf("machine %d: %w", i, err))
		}
	}
	book, err := New(source, f.Version, f.Prices)
	book.Machines = f.Machines
	return book, errors.Join(append(errs, err)...)
}
