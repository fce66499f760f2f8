package genailedgerextension

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"
)

// Start implements component.Component.
func (l *Ledger) Start(ctx context.Context, host component.Host) error {
	if err := l.open(ctx, host); err != nil {
		return fmt.Errorf("%s: %w", l.id, err) // the Collector does not name extensions
	}
	l.work.Go(l.run)
	l.reload.Start()
	return nil
}

func (l *Ledger) open(ctx context.Context, host component.Host) error {
	if err := l.openStorage(ctx, host); err != nil {
		return err
	}
	if l.cfg.Store.Endpoint == "" {
		return nil
	}
	var err error
	if l.store, err = openStore(&l.cfg.Store, l.cfg.AccountsMax); err != nil {
		return errors.Join(err, l.closeStorage(ctx))
	}
	l.opened = l.now()
	l.restored = l.sync(ctx, l.opened)
	return nil
}

// Ready implements extensioncapabilities.PipelineWatcher: all components have started. A ledger that only one side names does nothing,
// which would show only when a budget is overrun.
func (l *Ledger) Ready() error {
	switch {
	case l.accountant.Load() == nil:
		l.logger.Warn("ledger: no gen_ai processor names it; no spending is counted and no budget enforced until one does (its setting ledger)")
	case l.enforces() && !l.attached.Load():
		l.logger.Warn("ledger: no llm_tap receiver names it; budgets with action: enforce refuse no call until one does (its setting ledger)")
	case l.enforces():
		l.tellAsked()
	}
	return nil
}

// tellAsked tells of processors whose rules may find another caller before a call than after it, whose budget then refuses nothing.
func (l *Ledger) tellAsked() {
	l.mu.Lock()
	asked, several := l.asked(), len(l.processors) > 1
	l.mu.Unlock()
	switch named := l.cfg.Processor; {
	case named != nil && asked != *named:
		l.logger.Warn("ledger: the gen_ai processor of its setting processor does not name it; calls are admitted by the rules of another",
			zap.Stringer("processor", named), zap.Stringer("asked", asked))
	case named == nil && several:
		l.logger.Warn("ledger: several gen_ai processors name it; calls are admitted by the rules of the first by name: "+
			"set processor to the one that spans of the llm_tap receiver pass", zap.Stringer("asked", asked))
	}
}

// NotReady implements extensioncapabilities.PipelineWatcher.
func (l *Ledger) NotReady() error { return nil }

func (l *Ledger) enforces() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.budgets, func(b *budget) bool { return b.Action == actionEnforce })
}

// Dependencies implements extensioncapabilities.Dependent.
func (l *Ledger) Dependencies() (ids []component.ID) {
	for _, id := range []*component.ID{l.cfg.Store.Extension, l.cfg.Storage} {
		if id != nil {
			ids = append(ids, *id)
		}
	}
	return ids
}

// Shutdown implements component.Component. All calls have been settled by then.
func (l *Ledger) Shutdown(ctx context.Context) error {
	select {
	case <-l.stop:
		return nil
	default:
		close(l.stop)
	}
	l.reload.Shutdown()
	l.work.Wait()
	l.save(ctx)
	err := l.closeStorage(ctx)
	if l.store != nil {
		err = errors.Join(err, l.store.close())
	}
	return err
}

func (l *Ledger) openStorage(ctx context.Context, host component.Host) error {
	if l.cfg.Storage == nil {
		return nil
	}
	extension, ok := host.GetExtensions()[*l.cfg.Storage].(storage.Extension)
	if !ok {
		return fmt.Errorf("storage: %q is no storage extension; name one such as file_storage under service::extensions", l.cfg.Storage)
	}
	client, err := extension.GetClient(ctx, component.KindExtension, l.id, "")
	if err != nil {
		return fmt.Errorf("storage: %w", err)
	}
	l.client = client
	if err := l.restore(ctx); err != nil {
		return errors.Join(fmt.Errorf("storage: what %q holds cannot be read: %w", l.cfg.Storage, err), l.closeStorage(ctx))
	}
	return nil
}

func (l *Ledger) closeStorage(ctx context.Context) error {
	if l.client == nil {
		return nil
	}
	return l.client.Close(ctx)
}
