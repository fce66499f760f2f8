package tapsfirst

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// slowTap takes that long to hand on.
type slowTap struct {
	takes  time.Duration
	handed int
}

func (s *slowTap) HandOnNow(ctx context.Context) {
	select {
	case <-time.After(s.takes):
		s.handed++
	case <-ctx.Done():
	}
}

func TestWaitsForTapsButNotLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		quick, slow := &slowTap{takes: time.Millisecond}, &slowTap{takes: waitMax}
		f := func(want time.Duration, quickly, slowly int) {
			t.Helper()
			begin := time.Now()
			Wait(t.Context())
			require.Equal(t, want, time.Since(begin))
			require.Equal(t, []int{quickly, slowly}, []int{quick.handed, slow.handed})
		}
		f(0, 0, 0)
		Add(quick)
		f(time.Millisecond, 1, 0)
		Add(slow)
		f(waitMax, 2, 0)
		Remove(quick)
		slow.takes--
		f(waitMax-1, 2, 1)
		Remove(quick)
		Remove(slow)
		f(0, 2, 1)
	})
}

func TestWaitsNoLongerThanWhoAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &slowTap{takes: time.Hour}
		Add(slow)
		defer Remove(slow)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		begin := time.Now()
		Wait(ctx)
		require.Equal(t, time.Millisecond, time.Since(begin))
	})
}
