//go:build linux

package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// startProfile profiles the tap for about the time given. The channel tells when that is done.
func (b *bench) startProfile(t *target, d time.Duration) <-chan error {
	done := make(chan error, 1)
	if b.profile == "" || t.profile == "" {
		done <- nil
		return done
	}
	go func() { done <- saveProfile(t.profile, b.profiled, b.profile, d) }()
	return done
}

func saveProfile(address, what, path string, d time.Duration) error {
	url := fmt.Sprintf("http://%s/debug/pprof/%s?seconds=%d", address, what, max(1, int(d.Seconds())))
	response, err := http.Get(url)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}
