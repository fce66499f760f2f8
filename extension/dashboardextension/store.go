package dashboardextension

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Limits of what a panel takes from ClickHouse.
const (
	answerBytesMax  = 16 << 20
	problemBytesMax = 500
	connectionsMax  = 8 // queries at once, of all browsers together
)

var errAnswerTooLarge = errors.New("the answer is over 16 MiB")

// store asks ClickHouse. Every query is sent by GET, which ClickHouse itself keeps from changing anything, whoever the user is.
type store struct {
	config *ClickHouse
	client *http.Client
}

func newStore(config *ClickHouse) *store {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxConnsPerHost = connectionsMax
	transport.MaxIdleConnsPerHost = connectionsMax
	return &store{config: config, client: &http.Client{Transport: transport, CheckRedirect: stay}}
}

// stay follows no redirect: the headers with the password would go along.
func stay(to *http.Request, _ []*http.Request) error {
	return fmt.Errorf("it redirects to %s://%s, which is not followed: set endpoint to where ClickHouse is", to.URL.Scheme, to.URL.Host)
}

func (s *store) close() { s.client.CloseIdleConnections() }

// ask gives the whole answer, in a format of ClickHouse.
func (s *store) ask(ctx context.Context, sql, format string, parameters url.Values) ([]byte, error) {
	ctx, stop := context.WithTimeout(ctx, s.config.Timeout)
	defer stop()
	query := url.Values{"query": {sql}, "database": {s.config.Database}, "default_format": {format}}
	for name, values := range parameters {
		query["param_"+name] = values
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(s.config.Endpoint, "/")+"/?"+query.Encode(), nil)
	if err != nil {
		return nil, err
	}
	if s.config.Username != "" {
		req.Header.Set("X-ClickHouse-User", s.config.Username)
		req.Header.Set("X-ClickHouse-Key", string(s.config.Password))
	}
	resp, err := s.client.Do(req)
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err
		}
		return nil, fmt.Errorf("ClickHouse at %s: %w", s.config.Endpoint, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, answerBytesMax+1))
	switch {
	case err != nil:
		return nil, err
	case resp.StatusCode != http.StatusOK:
		return nil, errors.New(strings.ToValidUTF8(strings.TrimSpace(string(body[:min(len(body), problemBytesMax)])), ""))
	case len(body) > answerBytesMax:
		return nil, errAnswerTooLarge
	}
	return body, nil
}
