package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// summary counts how the calls ended.
type summary struct {
	answered, failed, hungUp int
	lastErr                  error
}

func (s summary) total() int { return s.answered + s.failed + s.hungUp }

// send makes the calls, some at once, within the configured time.
func send(ctx context.Context, cfg config, calls []call) summary {
	ctx, stop := context.WithTimeout(ctx, cfg.timeMax)
	defer stop()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: cfg.parallel}}
	defer client.CloseIdleConnections()

	var (
		sum  summary
		lock sync.Mutex
		work sync.WaitGroup
	)
	next := make(chan call)
	for range cfg.parallel {
		work.Go(func() {
			for c := range next {
				hungUp, err := c.send(ctx, client, cfg.url)
				lock.Lock()
				switch {
				case err != nil:
					sum.failed, sum.lastErr = sum.failed+1, err
				case hungUp:
					sum.hungUp++
				default:
					sum.answered++
				}
				lock.Unlock()
			}
		})
	}
feed:
	for _, c := range calls {
		select {
		case next <- c:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	work.Wait()
	return sum
}

func (c call) send(ctx context.Context, client *http.Client, url string) (hungUp bool, err error) {
	body, err := json.Marshal(c.body)
	if err != nil {
		return false, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/chat/completions", bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer demo-key-of-"+c.who.user)
	req.Header.Set("X-Llmtap-User", c.who.user)
	req.Header.Set("X-Llmtap-Team", c.who.team)
	req.Header.Set("X-Llmtap-App", c.who.app)
	resp, err := client.Do(req)
	if err != nil {
		return false, err
	}
	defer func() { _ = resp.Body.Close() }()
	if c.hangUp && resp.StatusCode == http.StatusOK {
		_, err := io.ReadFull(resp.Body, make([]byte, 1))
		return true, err
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return false, err
	}
	if resp.StatusCode != http.StatusOK {
		return false, fmt.Errorf("the answer's status is %s", resp.Status)
	}
	return false, nil
}
