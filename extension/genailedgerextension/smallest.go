package genailedgerextension

import (
	"container/heap"
	"time"
)

// smallest is a heap of accounts by the share of their budget that they had used when it was looked at last. Shares grow
// without it being told: the least is found once the account on top has no more than it had.
type smallest []weighed

type weighed struct {
	account *account
	share   float64
}

func (s smallest) Len() int           { return len(s) }
func (s smallest) Less(i, j int) bool { return s[i].share < s[j].share }
func (s smallest) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *smallest) Push(w any)        { *s = append(*s, w.(weighed)) }

func (s *smallest) Pop() any {
	last := len(*s) - 1
	w := (*s)[last]
	(*s)[last] = weighed{}
	*s = (*s)[:last]
	return w
}

// weigh gives the share that the account may have used, with what is not known of it.
func weigh(a *account, now time.Time) float64 {
	a.advance(now)
	return a.budget.use(a.total()).share + a.missed
}

// remember adds an account, once accounts have begun to give way.
func (l *Ledger) remember(a *account) {
	if l.smallest != nil {
		heap.Push(&l.smallest, weighed{a, a.missed})
	}
}

func (l *Ledger) weighAll(now time.Time) {
	for _, b := range l.budgets {
		for _, a := range b.accounts {
			l.smallest = append(l.smallest, weighed{a, weigh(a, now)})
		}
	}
	heap.Init(&l.smallest)
}

// sweepStep is of how many accounts each eviction looks whether what they spent has left their window.
const sweepStep = 4

func (l *Ledger) sweep(now time.Time) {
	for range min(sweepStep, len(l.smallest)) {
		l.swept = (l.swept + 1) % len(l.smallest)
		w := &l.smallest[l.swept]
		if share := weigh(w.account, now); share < w.share {
			w.share = share
			heap.Fix(&l.smallest, l.swept)
		}
	}
}

// evict drops the account that uses the least of its budget of those that hold no reservation, and gives that share. It
// bounds what a new account may have used before, as that would have kept it (Metwally, Agrawal, El Abbadi: Efficient
// Computation of Frequent and Top-k Elements in Data Streams, 2005).
func (l *Ledger) evict(now time.Time) float64 {
	if l.smallest == nil {
		l.weighAll(now)
	}
	l.sweep(now)
	var held []weighed
	defer func() {
		for _, w := range held {
			heap.Push(&l.smallest, w)
		}
	}()
	for len(l.smallest) > 0 {
		if top := &l.smallest[0]; weigh(top.account, now) > top.share {
			top.share = weigh(top.account, now)
			heap.Fix(&l.smallest, 0)
			continue
		}
		least := heap.Pop(&l.smallest).(weighed)
		if least.account.reserved != (amount{}) {
			held = append(held, least)
			continue
		}
		share := weigh(least.account, now)
		delete(least.account.budget.accounts, least.account.key)
		l.markDeleted(least.account)
		l.count--
		l.telemetry.evicted(share)
		return share
	}
	return 0
}
