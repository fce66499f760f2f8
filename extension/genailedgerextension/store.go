package genailedgerextension

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/shopspring/decimal"
	"go.uber.org/zap"

	"github.com/llmtap/llmtap/internal/clickhousedb"
)

//go:embed spending.sql
var spendingSQL string

// columnOf gives, by scope, the column or value of calls that is the key.
var columnOf = map[string]string{
	"user": "user_id", "team": "toString(team)", "app": "toString(app)", "key": "key_hash",
	"model": "toString(model_requested)", "all": "'all'",
}

const syncTimeout = 10 * time.Second

// store reads spending from the exporter's table.
type store struct {
	conn        driver.Conn
	accountsMax int
}

func openStore(cfg *StoreConfig, accountsMax int) (*store, error) {
	options, err := clickhousedb.Options(cfg.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("store::endpoint: %w", err)
	}
	options.Auth = clickhouse.Auth{Database: cfg.Database, Username: cfg.Username, Password: string(cfg.Password)}
	options.DialTimeout = syncTimeout
	conn, err := clickhouse.Open(options)
	return &store{conn: conn, accountsMax: accountsMax}, err
}

func (s *store) close() error { return s.conn.Close() }

// spending gives by key what calls cost that ended from begin until before end.
func (s *store) spending(ctx context.Context, b *budget, begin, end time.Time) (map[string]amount, error) {
	rows, err := s.conn.Query(ctx, fmt.Sprintf(spendingSQL, columnOf[b.Scope]),
		clickhouse.Named("begin", dateTime(begin)), clickhouse.Named("end", dateTime(end)),
		clickhouse.Named("match", b.Match), // which Named escapes, as WithParameters does not
		clickhouse.Named("accounts_max", strconv.Itoa(s.accountsMax)))
	if clickhousedb.IsEmpty(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	known := map[string]amount{}
	for rows.Next() {
		var key string
		var cost decimal.Decimal
		var a amount
		if err := rows.Scan(&key, &cost, &a.tokens, &a.calls); err != nil {
			return nil, err
		}
		a.nano = decimal.Min(cost.Shift(9), decimal.NewFromInt(amountMax)).IntPart()
		known[key] = a
	}
	return known, rows.Err()
}

func dateTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000000") }

// settledUntil is before when calls have ended that are old enough to be in the store. This Collector knows its own
// later ones better, but none from before it was opened.
func (l *Ledger) settledUntil() time.Time {
	recent := newMeter(l.cfg.Store.Lag, recentSlots)
	if old := recent.begin(l.now()); old.After(l.opened) {
		return old
	}
	return l.opened
}

// sync takes over what the store knows of calls that ended before a time. It gives false when the store cannot be read.
func (l *Ledger) sync(ctx context.Context, end time.Time) bool {
	ctx, cancel := context.WithTimeout(ctx, syncTimeout)
	defer cancel()
	l.mu.Lock()
	now, budgets := l.now(), l.budgets
	l.mu.Unlock()
	for _, b := range budgets {
		if b.When != "" {
			continue // the store cannot tell which calls fulfil a condition
		}
		begin, _ := b.window.bounds(now)
		known, err := l.store.spending(ctx, b, begin, end)
		if err != nil {
			l.telemetry.syncFailures.Add(1)
			l.logger.Warn("ledger: spending cannot be read from the store; going on with what is known here", zap.Error(err))
			return false
		}
		l.learn(b, known, begin, now)
	}
	return true
}

// learn takes over what the store was asked for at a time, of a window that had begun then. While it answered, another
// window may have begun or other budgets have come, of which it knows nothing.
func (l *Ledger) learn(b *budget, known map[string]amount, begin, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Contains(l.budgets, b) || !b.goesOn(begin, l.now()) {
		return
	}
	for key, a := range b.accounts {
		a.learn(now, known[key])
	}
	for key, spent := range known {
		if b.accounts[key] == nil && l.count < l.cfg.AccountsMax {
			l.account(b, key, now).learn(now, spent)
		}
	}
}
