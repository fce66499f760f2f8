package genailedgerextension

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/llmtap/llmtap/internal/genai"
)

// host has a file_storage.
type host map[component.ID]component.Component

func (h host) GetExtensions() map[component.ID]component.Component { return h }

var fileStorageID = component.MustNewID("file_storage")

// files is a host with a file_storage in a folder, until it is closed.
func files(t *testing.T, folder string) (h host, shut func()) {
	t.Helper()
	factory := filestorage.NewFactory()
	cfg := factory.CreateDefaultConfig().(*filestorage.Config)
	cfg.Directory = folder
	extension, err := factory.Create(context.Background(), extensiontest.NewNopSettings(factory.Type()), cfg)
	require.NoError(t, err)
	require.NoError(t, extension.Start(context.Background(), componenttest.NewNopHost()))
	return host{fileStorageID: extension}, func() { require.NoError(t, extension.Shutdown(context.Background())) }
}

func ledgerWith(t *testing.T, at *clock, change func(*Config)) *Ledger {
	t.Helper()
	cfg := createDefaultConfig().(*Config)
	cfg.Storage = &fileStorageID
	change(cfg)
	require.NoError(t, cfg.Validate())
	l, err := newLedger(cfg, component.MustNewID("gen_ai_ledger"), componenttest.NewNopTelemetrySettings(), at.get)
	require.NoError(t, err)
	l.Use(processorID, perToken{})
	return l
}

// session runs a ledger from its start to its end, with what is stored in a folder.
func session(t *testing.T, folder string, at *clock, budgets []BudgetConfig, do func(*Ledger)) {
	t.Helper()
	h, shut := files(t, folder)
	defer shut()
	l := ledgerWith(t, at, func(cfg *Config) { cfg.Budgets = budgets })
	require.NoError(t, l.Start(context.Background(), h))
	do(l)
	require.NoError(t, l.Shutdown(context.Background()))
}

// Without a database, a storage keeps what was spent over a restart: a refusal stays one, and windows that have ended
// are forgotten.
func TestStorageSurvivesARestart(t *testing.T) {
	folder := t.TempDir()
	at := &clock{now: time.Date(2026, 11, 23, 12, 0, 30, 0, time.UTC)}
	daily := BudgetConfig{Name: "daily", Scope: "user", Window: "day", Tokens: 100, Action: "enforce"}
	rolling := BudgetConfig{Name: "rolling", Scope: "user", Window: "60m", Tokens: 100, Action: "enforce"}
	both := []BudgetConfig{daily, rolling}
	session(t, folder, at, both, func(l *Ledger) {
		settled(l, at, "ada", 90, 10*time.Minute)
		settled(l, at, "ada", 20, 0)
		settled(l, at, "bob\x00", 7, 0)
	})
	session(t, folder, at, both, func(l *Ledger) {
		for i := range both {
			require.Equal(t, amount{110_000_000, 110, 2}, l.budgets[i].accounts["ada"].total())
			require.EqualValues(t, 7, l.budgets[i].accounts["bob\x00"].total().tokens)
		}
		refusal, _ := spend(l, at, "ada", 1)
		require.Equal(t, "daily", refusal.Budget)
		require.Empty(t, settled(l, at, "ada", 1, 0), "what was alerted before is not again")
		at.move(51 * time.Minute)
		_, refusal = l.Admit(callOf("bob", 1, 0))
		require.Nil(t, refusal)
	})
	session(t, folder, at, both, func(l *Ledger) { // the window that rolls goes on rolling
		require.EqualValues(t, 21, l.budgets[1].accounts["ada"].total().tokens)
		require.EqualValues(t, 111, l.budgets[0].accounts["ada"].total().tokens)
	})
	changed := daily
	changed.Window = "month"
	session(t, folder, at, []BudgetConfig{changed, rolling}, func(l *Ledger) {
		require.Empty(t, l.budgets[0].accounts, "another window adds up something else")
		require.Len(t, l.budgets[1].accounts, 2)
	})
	at.move(24 * time.Hour)
	session(t, folder, at, both, func(l *Ledger) {
		require.Empty(t, l.budgets[0].accounts)
		require.Empty(t, l.budgets[1].accounts)
		require.Empty(t, keys(t, l.client), "what has ended is deleted")
	})
}

// A budget that was renamed while the ledger ran has its spending after a restart, too.
func TestStorageKnowsRenamedBudgets(t *testing.T) {
	folder := t.TempDir()
	at := &clock{now: time.Date(2026, 11, 23, 12, 0, 30, 0, time.UTC)}
	before := BudgetConfig{Name: "before", Scope: "user", Window: "day", Tokens: 100, Action: "enforce"}
	after := before
	after.Name = "after"
	refused := func(l *Ledger) {
		t.Helper()
		_, refusal := l.Admit(callOf("ada", 1, 0))
		require.NotNil(t, refusal)
	}
	session(t, folder, at, []BudgetConfig{before}, func(l *Ledger) {
		settled(l, at, "ada", 100, 0)
		l.save(context.Background())
		budgets, err := newBudgets([]BudgetConfig{after})
		require.NoError(t, err)
		l.replace(budgets)
		refused(l)
	})
	session(t, folder, at, []BudgetConfig{after}, refused)
}

// Where two budgets add up the same, a reload leaves each what it has alerted, in the storage, too.
func TestStorageKeepsLevelsOverAReload(t *testing.T) {
	folder := t.TempDir()
	at := &clock{now: time.Date(2026, 11, 23, 12, 0, 30, 0, time.UTC)}
	budgets := []BudgetConfig{
		{Name: "large", Scope: "user", Window: "day", Tokens: 1000}, {Name: "small", Scope: "user", Window: "day", Tokens: 100},
	}
	session(t, folder, at, budgets, func(l *Ledger) {
		require.Len(t, settled(l, at, "ada", 90, 0), 1)
		again, err := newBudgets(budgets)
		require.NoError(t, err)
		l.replace(again)
	})
	session(t, folder, at, budgets, func(l *Ledger) { require.Empty(t, settled(l, at, "ada", 1, 0), "what was alerted before is not again") })
}

func keys(t *testing.T, client storage.Client) (keys []string) {
	t.Helper()
	require.NoError(t, client.(storage.Walker).Walk(context.Background(), func(key string, _ []byte) ([]*storage.Operation, error) {
		keys = append(keys, key)
		return nil, nil
	}))
	return keys
}

// A process that is killed loses what was spent since the last time accounts were saved, and no more.
func TestStorageSurvivesAKill(t *testing.T) {
	folder := t.TempDir()
	at := &clock{now: time.Date(2026, 11, 23, 12, 0, 30, 0, time.UTC)}
	budget := func(cfg *Config) {
		cfg.Budgets = []BudgetConfig{{Name: "b", Scope: "user", Window: "day", Tokens: 1000}}
	}
	h, shut := files(t, folder)
	l := ledgerWith(t, at, budget)
	require.NoError(t, l.openStorage(context.Background(), h))
	for i := range saveBatch + 1 {
		settled(l, at, strconv.Itoa(i), 1, 0)
	}
	l.save(context.Background())
	require.Len(t, keys(t, l.client), saveBatch+1)
	settled(l, at, "0", 5, 0)
	require.NoError(t, l.client.Close(context.Background()))
	shut()

	h, shut = files(t, folder)
	defer shut()
	l = ledgerWith(t, at, budget)
	require.NoError(t, l.openStorage(context.Background(), h))
	require.Len(t, l.budgets[0].accounts, saveBatch+1)
	require.EqualValues(t, 1, l.budgets[0].accounts["0"].total().tokens)
	require.NoError(t, l.client.Close(context.Background()))
}

func TestStorageHoldsNoMoreThanMemory(t *testing.T) {
	h, shut := files(t, t.TempDir())
	defer shut()
	at := &clock{now: time.Date(2026, 11, 23, 12, 0, 30, 0, time.UTC)}
	l := ledgerWith(t, at, func(cfg *Config) {
		cfg.AccountsMax = 10
		cfg.Budgets = []BudgetConfig{{Name: "b", Scope: "user", Window: "day", Tokens: 1000}}
	})
	require.NoError(t, l.Start(context.Background(), h))
	for i := range 100 {
		settled(l, at, strconv.Itoa(i), 1, 0)
		l.save(context.Background())
	}
	require.Len(t, keys(t, l.client), 10)
	require.NoError(t, l.Shutdown(context.Background()))
}

func levels(entries []observer.LoggedEntry) (levels []zapcore.Level) {
	for _, entry := range entries {
		levels = append(levels, entry.Level)
	}
	return levels
}

// broken is a storage whose disk is full.
type broken struct{ storage.Client }

func (broken) Batch(context.Context, ...*storage.Operation) error { return errors.New("disk full") }

func TestWhatCannotBeSavedIsTriedAgain(t *testing.T) {
	h, shut := files(t, t.TempDir())
	defer shut()
	at := &clock{now: time.Date(2026, 11, 23, 12, 0, 30, 0, time.UTC)}
	l := ledgerWith(t, at, func(cfg *Config) {
		cfg.Budgets = []BudgetConfig{{Name: "b", Scope: "user", Window: "day", Tokens: 1000}}
	})
	core, logs := observer.New(zap.InfoLevel)
	l.logger = zap.New(core)
	require.NoError(t, l.openStorage(context.Background(), h))
	settled(l, at, "ada", 1, 0)
	whole := l.client
	l.client = broken{whole}
	for range 3 { // one each second, as long as the disk is full
		l.save(context.Background())
	}
	l.client = whole
	require.Empty(t, keys(t, l.client))
	l.save(context.Background())
	l.save(context.Background())
	require.Equal(t, []string{"b\x00ada"}, keys(t, l.client))
	require.Equal(t, []zapcore.Level{zap.ErrorLevel, zap.InfoLevel}, levels(logs.All()))
	require.NoError(t, l.client.Close(context.Background()))
}

// A storage takes no key of any length, and with one that it does not take none of the others.
func TestStorageTakesNamesOfAnyLength(t *testing.T) {
	at := &clock{now: time.Date(2026, 11, 23, 12, 0, 30, 0, time.UTC)}
	budgets, folder := []BudgetConfig{{Name: "b", Scope: "model", Window: "day", Tokens: 1000}}, t.TempDir()
	long := strings.Repeat("x", 64<<10)
	session(t, folder, at, budgets, func(l *Ledger) {
		for _, model := range []string{"m", long} {
			l.Settle(0, &genai.Call{RequestModel: model, Start: at.get(), Usage: genai.Usage{Input: genai.Known(7)}}, nil)
		}
	})
	session(t, folder, at, budgets, func(l *Ledger) {
		for _, model := range []string{"m", bounded(long)} {
			require.Contains(t, l.budgets[0].accounts, model)
			require.EqualValues(t, 7, l.budgets[0].accounts[model].total().tokens)
		}
	})
}

func TestDamagedRecordsAreForgotten(t *testing.T) {
	folder := t.TempDir()
	h, shut := files(t, folder)
	defer shut()
	at := &clock{now: time.Date(2026, 11, 23, 12, 0, 30, 0, time.UTC)}
	l := ledgerWith(t, at, func(cfg *Config) {
		cfg.Budgets = []BudgetConfig{{Name: "b", Scope: "user", Window: "day", Tokens: 1000}}
	})
	client, err := h[fileStorageID].(storage.Extension).GetClient(context.Background(), component.KindExtension, l.id, "")
	require.NoError(t, err)
	for key, text := range map[string]string{"b\x00ada": "{", "b": "null", "": "[]", "other\x00ada": `{"What":"x"}`} {
		if key != "" {
			require.NoError(t, client.Set(context.Background(), key, []byte(text)))
		}
	}
	require.NoError(t, client.Close(context.Background()))
	require.NoError(t, l.Start(context.Background(), h))
	require.Empty(t, l.budgets[0].accounts)
	require.Empty(t, keys(t, l.client))
	require.NoError(t, l.Shutdown(context.Background()))
}

func TestStorageThatIsNone(t *testing.T) {
	l := ledgerWith(t, &clock{now: time.Now()}, func(*Config) {})
	require.ErrorContains(t, l.Start(context.Background(), componenttest.NewNopHost()),
		`gen_ai_ledger: storage: "file_storage" is no storage extension; name one such as file_storage under service::extensions`)
	require.Equal(t, []component.ID{fileStorageID}, l.Dependencies())
	require.NoError(t, l.Shutdown(context.Background()))
}
