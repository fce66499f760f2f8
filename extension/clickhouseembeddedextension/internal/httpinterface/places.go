package httpinterface

import "github.com/ClickHouse/ch-go/proto"

// places hold a query each.
type places chan struct{}

func (p places) take() bool {
	select {
	case p <- struct{}{}:
		return true
	default:
		return false
	}
}

func (p places) give() { <-p }

// enter takes a place for a query until leave is called. Readers leave a quarter to who writes the rows that they read.
func (h *Handler) enter(user User) (leave func(), err error) {
	wanted := []places{h.places}
	if user.ReadOnly {
		wanted = []places{h.readerPlaces, h.places} // a reader that is refused has taken nothing of the owner's
	}
	give := func(taken []places) {
		for _, p := range taken {
			p.give()
		}
	}
	for i, p := range wanted {
		if !p.take() {
			give(wanted[:i])
			return nil, exception(proto.ErrTooManySimultaneousQueries,
				"Too many simultaneous queries. Maximum: %d (of max_concurrent_queries: %d)", cap(p), h.config.QueriesMax)
		}
	}
	return func() { give(wanted) }, nil
}
