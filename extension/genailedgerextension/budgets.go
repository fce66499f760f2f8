package genailedgerextension

import (
	"errors"
	"fmt"
	"slices"

	"github.com/llmtap/llmtap/internal/reload"
	"github.com/llmtap/llmtap/internal/settings"
)

func newBudgets(configs []BudgetConfig) ([]*budget, error) {
	budgets, errs := make([]*budget, len(configs)), make([]error, len(configs))
	for i := range configs {
		budgets[i], errs[i] = newBudget(configs[i])
	}
	return budgets, errors.Join(errs...)
}

// take reads the file of budgets, which come after those of the configuration.
func (l *Ledger) take(text []byte) error {
	ofFile, err := l.cfg.readFile(text)
	if err != nil {
		return err
	}
	budgets, err := newBudgets(append(append([]BudgetConfig{}, l.cfg.Budgets...), ofFile...))
	if err != nil {
		return err
	}
	l.replace(budgets)
	return nil
}

// readFile gives the budgets of the file, or reports all that is wrong with them, and between them and those of the configuration.
func (c *Config) readFile(text []byte) ([]BudgetConfig, error) {
	var file struct {
		Budgets []BudgetConfig `mapstructure:"budgets"`
	}
	if err := settings.UnmarshalFile(text, "budgets", &file); err != nil {
		return nil, err
	}
	errs := problemsOf(file.Budgets)
	for i := range file.Budgets {
		for j := range c.Budgets {
			if file.Budgets[i].Name == c.Budgets[j].Name {
				errs = append(errs, fmt.Errorf("budgets::%d::name: %q names a budget of the configuration", i, file.Budgets[i].Name))
			}
		}
	}
	return file.Budgets, errors.Join(errs...)
}

// checkFile reads the file as a start does. The command validate makes no extensions, and has to tell of a file with which a SIGHUP would
// end the process.
func (c *Config) checkFile() error {
	if c.BudgetsFile == "" {
		return nil
	}
	file := reload.File{Kind: "budgets_file", Path: c.BudgetsFile, Take: func(text []byte) error {
		_, err := c.readFile(text)
		return err
	}}
	return file.Check()
}

// replace makes other budgets count. One that adds up what another did goes on with the other's accounts.
func (l *Ledger) replace(budgets []*budget) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.adopt(budgets)
	l.budgets, l.count, l.smallest = budgets, 0, nil
	for _, b := range budgets {
		l.count += len(b.accounts)
	}
}

// adopt gives budgets the accounts of those before that have their name and add up the same. Others get copies of the accounts of
// those that add up the same.
func (l *Ledger) adopt(budgets []*budget) {
	for _, b := range budgets {
		own := slices.IndexFunc(l.budgets, func(old *budget) bool { return old.Name == b.Name && old.what() == b.what() })
		if own >= 0 {
			b.accounts = l.budgets[own].accounts
		} else {
			l.copyAccounts(b)
		}
	}
	for _, b := range budgets {
		for _, a := range b.accounts {
			a.budget = b
		}
	}
}

func (l *Ledger) copyAccounts(b *budget) {
	for _, old := range l.budgets {
		if old.what() != b.what() {
			continue
		}
		for key, a := range old.accounts {
			b.accounts[key] = a.copy(b)
			l.markChanged(b.accounts[key])
		}
	}
}
