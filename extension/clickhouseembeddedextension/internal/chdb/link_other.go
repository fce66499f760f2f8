//go:build !linux && !darwin

package chdb

import "errors"

func (*library) link() error { return errors.New("libchdb is built for Linux and macOS only") }
