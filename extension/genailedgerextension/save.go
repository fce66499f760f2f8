package genailedgerextension

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"
)

const (
	// saveInterval is how often accounts that changed are saved; what was spent since is lost when the process is killed.
	saveInterval = time.Second
	// saveBatch is how many are encoded and written at once.
	saveBatch = 1000
)

// saved is an account as the storage has it.
type saved struct {
	// What tells which budgets the account is of.
	What string
	// Begin and Spent are of a window of the calendar.
	Begin time.Time
	Spent savedAmount
	// Slots are the parts of a window that rolls in which something was spent, by their number.
	Slots map[int64]savedAmount `json:",omitempty"`
	// Unseen and UnseenSlots are what of these is in no row, which would else hide what other Collectors have spent.
	Unseen      savedAmount           `json:",omitzero"`
	UnseenSlots map[int64]savedAmount `json:",omitempty"`
	Level       int
}

// savedAmount is nano-dollars, tokens and calls.
type savedAmount [3]int64

func save(a amount) savedAmount { return savedAmount{a.nano, a.tokens, a.calls} }

func (s savedAmount) amount() amount { return amount{s[0], s[1], s[2]} }

// storageKey is the account's in the storage.
func (a *account) storageKey() string { return a.budget.Name + "\x00" + a.key }

// markChanged remembers that an account is to be saved.
func (l *Ledger) markChanged(a *account) {
	if l.client != nil {
		l.changed[a.storageKey()] = a
	}
}

// markDeleted remembers that an account is to be deleted from the storage.
func (l *Ledger) markDeleted(a *account) {
	if l.client != nil {
		l.changed[a.storageKey()] = nil
	}
}

// save writes the accounts that changed. What cannot be written is tried again the next time; the log has the first failure
// and that it is over.
func (l *Ledger) save(ctx context.Context) {
	for ops := l.takeChanged(); len(ops) > 0; ops = l.takeChanged() {
		err := l.client.Batch(ctx, ops...)
		if err != nil {
			l.telemetry.saveFailures.Add(1)
			l.keepChanged(ops)
			if !l.unsaved {
				l.logger.Error("ledger: accounts cannot be saved; a restart now would forget what was spent", zap.Error(err))
			}
		} else if l.unsaved {
			l.logger.Info("ledger: accounts are saved again")
		}
		if l.unsaved = err != nil; l.unsaved {
			return
		}
	}
}

func (l *Ledger) takeChanged() (ops []*storage.Operation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for key, a := range l.changed {
		if len(ops) == saveBatch {
			break
		}
		delete(l.changed, key)
		if a == nil {
			ops = append(ops, storage.DeleteOperation(key))
			continue
		}
		if text, err := json.Marshal(a.saved()); err == nil { // nothing in it can fail
			ops = append(ops, storage.SetOperation(key, text))
		}
	}
	return ops
}

// keepChanged has accounts saved again, unless they have changed or gone since.
func (l *Ledger) keepChanged(ops []*storage.Operation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, op := range ops {
		if _, ok := l.changed[op.Key]; !ok {
			l.changed[op.Key] = l.accountOf(op.Key)
		}
	}
}

// accountOf finds an account by its key in the storage; nil when there is none.
func (l *Ledger) accountOf(storageKey string) *account {
	name, key, _ := strings.Cut(storageKey, "\x00")
	for _, b := range l.budgets {
		if b.Name == name {
			return b.accounts[key]
		}
	}
	return nil
}

func (a *account) saved() *saved {
	s := &saved{What: a.budget.what(), Begin: a.begin, Level: a.level}
	if a.budget.window.roll > 0 {
		s.Slots, s.UnseenSlots = a.spent.saved(), a.unseen.saved()
	} else {
		s.Spent, s.Unseen = save(a.spent.total), save(a.unseen.total)
	}
	return s
}

// saved gives the slots in which something was spent, by their number.
func (m *meter) saved() (slots map[int64]savedAmount) {
	length := int64(len(m.slots))
	for number := m.last - length + 1; number <= m.last; number++ {
		if slot := *m.at(number); slot != (amount{}) {
			if slots == nil {
				slots = map[int64]savedAmount{}
			}
			slots[number] = save(slot)
		}
	}
	return slots
}

// restore takes over what the storage has of windows that have not ended, and deletes the rest.
func (l *Ledger) restore(ctx context.Context) error {
	walker, ok := l.client.(storage.Walker)
	if !ok {
		return errors.New("it cannot list what it holds, as file_storage can")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	return walker.Walk(ctx, func(key string, text []byte) ([]*storage.Operation, error) {
		if l.restoreAccount(key, text, now) {
			return nil, nil
		}
		return []*storage.Operation{storage.DeleteOperation(key)}, nil
	})
}

// restoreAccount gives false for an account that is none now: of another budget, of a window that has ended, or damaged.
func (l *Ledger) restoreAccount(storageKey string, text []byte, now time.Time) bool {
	name, key, _ := strings.Cut(storageKey, "\x00")
	var s saved
	if json.Unmarshal(text, &s) != nil {
		return false
	}
	for _, b := range l.budgets {
		if b.Name != name || b.what() != s.What || b.accounts[key] != nil {
			continue
		}
		fresh := newAccount(b, key, l.cfg.Store.Lag, now)
		if !fresh.restore(&s, now) {
			return false
		}
		*l.account(b, key, now) = *fresh
		return true
	}
	return false
}

// restore takes over what was saved; it gives false when nothing of it counts any more.
func (a *account) restore(s *saved, now time.Time) bool {
	a.level = s.Level
	if a.budget.window.roll == 0 {
		a.spent.total, a.unseen.total = s.Spent.amount(), s.Unseen.amount()
		return !s.Begin.Before(a.begin)
	}
	for number, spent := range s.Slots {
		a.spent.addAt(now, time.Unix(0, number*int64(a.spent.slot)), spent.amount())
	}
	for number, spent := range s.UnseenSlots {
		a.unseen.addAt(now, time.Unix(0, number*int64(a.unseen.slot)), spent.amount())
	}
	return a.spent.total != (amount{})
}
