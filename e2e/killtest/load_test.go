//go:build killtest

package killtest

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"
)

// answer is a call that the tap has answered to its end.
type answer struct {
	id        string
	asked, at time.Time
}

// load is some clients that call the tap one call after the other.
type load struct {
	tap     string
	mu      sync.Mutex
	answers []answer
	broken  int
	running sync.WaitGroup
	stop    context.CancelFunc
}

const clients = 8

func startLoad(tap string, seed uint64) *load {
	ctx, stop := context.WithCancel(context.Background())
	l := &load{tap: tap, stop: stop}
	for i := range clients {
		l.running.Go(func() { l.run(ctx, fmt.Sprintf("user%d", i), rand.New(rand.NewPCG(seed, uint64(i)))) })
	}
	return l
}

func (l *load) run(ctx context.Context, user string, chance *rand.Rand) {
	for ctx.Err() == nil {
		asked := time.Now()
		id, ok := l.call(ctx, user, chance.IntN(2) == 0)
		l.mu.Lock()
		if ok {
			l.answers = append(l.answers, answer{id, asked, time.Now()})
		} else {
			l.broken++
		}
		l.mu.Unlock()
		time.Sleep(time.Duration(chance.Int64N(int64(40 * time.Millisecond))))
	}
}

var responseID = regexp.MustCompile(`"id":\s*"(chatcmpl-[^"]+)"`)

func (l *load) call(ctx context.Context, user string, stream bool) (id string, ok bool) {
	body := fmt.Sprintf(`{"model":%q,"stream":%t,"messages":[{"role":"user","content":"Say something."}]}`, model, stream)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, l.tap+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		return "", false
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("x-llmtap-user", user)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", false
	}
	defer func() { _ = response.Body.Close() }()
	said, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return "", false
	}
	found := responseID.FindSubmatch(said)
	return string(found[1]), true
}

// end lets the calls in progress end.
func (l *load) end() {
	l.stop()
	l.running.Wait()
}
