//go:build linux || darwin

package chdb

import (
	"errors"
	"fmt"

	"github.com/ebitengine/purego"
)

// link opens the shared library and binds the functions.
func (l *library) link() error {
	handle, err := purego.Dlopen(l.path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return fmt.Errorf("libchdb cannot be loaded: %w", err)
	}
	var missing []error
	for name, function := range l.symbols() {
		symbol, err := purego.Dlsym(handle, name)
		if err != nil {
			missing = append(missing, fmt.Errorf("libchdb at %s has no %s: version 26.7 or newer is needed", l.path, name))
			continue
		}
		purego.RegisterFunc(function, symbol)
	}
	return errors.Join(missing...)
}
