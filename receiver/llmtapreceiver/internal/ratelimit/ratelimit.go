// Package ratelimit reads what servers say in header fields of their limits and of when to try again.
package ratelimit

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
)

// Limits of what is kept; what is over is left out.
const (
	kindsMax     = 16
	kindBytesMax = 32
	// waitMax bounds how long a server may ask to wait.
	waitMax = 366 * 24 * time.Hour
)

// Read reads the header fields of an answer into call. now is when the answer came, for times that are absolute.
func Read(answer *exchange.Message, now time.Time, call *genai.Call) {
	if millis := answer.Get("retry-after-ms"); millis != nil {
		if ms, err := strconv.ParseFloat(string(millis), 64); err == nil {
			call.RetryAfter = bounded(ms * float64(time.Millisecond))
		}
	}
	if seconds := answer.Get("retry-after"); call.RetryAfter == 0 && seconds != nil {
		call.RetryAfter = wait(string(seconds), now)
	}
	for name, value := range answer.Header.Lines {
		if field, kind, ok := split(name); ok {
			take(call, kind, field, string(value), now)
		}
	}
	slices.SortFunc(call.RateLimits, func(a, b genai.RateLimit) int { return strings.Compare(a.Kind, b.Kind) })
}

var (
	// prefixes are how the fields begin: those of OpenAI and most others, and those of the IETF's draft.
	prefixes        = [][]byte{[]byte("x-ratelimit-"), []byte("ratelimit-")}
	anthropicPrefix = []byte("anthropic-ratelimit-")
)

// split takes x-ratelimit-FIELD-KIND, x-ratelimit-FIELD, and Anthropic's anthropic-ratelimit-KIND-FIELD apart. A limit
// without a kind is of requests.
func split(name []byte) (field, kind string, ok bool) {
	if rest, ok := behind(anthropicPrefix, name); ok {
		cut := strings.LastIndexByte(rest, '-')
		if cut < 0 {
			return "", "", false
		}
		return rest[cut+1:], plainKind(rest[:cut]), true
	}
	for _, prefix := range prefixes {
		if rest, ok := behind(prefix, name); ok {
			field, kind, ofKind := strings.Cut(rest, "-")
			if !ofKind {
				return field, "requests", true
			}
			return field, plainKind(kind), true
		}
	}
	return "", "", false
}

// behind gives what follows a prefix in a name, in lower case.
func behind(prefix, name []byte) (rest string, ok bool) {
	if len(name) <= len(prefix) || !bytes.EqualFold(name[:len(prefix)], prefix) {
		return "", false
	}
	return strings.ToLower(string(name[len(prefix):])), true
}

// plainKind makes a kind fit for the name of an attribute.
func plainKind(kind string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return '_'
	}, kind[:min(len(kind), kindBytesMax)])
}

func take(call *genai.Call, kind, field, value string, now time.Time) {
	if field != "limit" && field != "remaining" && field != "reset" {
		return
	}
	i := slices.IndexFunc(call.RateLimits, func(l genai.RateLimit) bool { return l.Kind == kind })
	if i < 0 {
		if i = len(call.RateLimits); i >= kindsMax {
			return
		}
		call.RateLimits = append(call.RateLimits, genai.RateLimit{Kind: kind})
	}
	limit := &call.RateLimits[i]
	switch field {
	case "limit":
		limit.Limit = count(value)
	case "remaining":
		limit.Remaining = count(value)
	case "reset":
		limit.Reset = wait(value, now)
	}
}

// count reads a number; Azure's -1 is none.
func count(value string) genai.Count {
	f, err := strconv.ParseFloat(value, 64)
	if err != nil || !(f >= 0 && f < 1<<53) {
		return genai.Count{}
	}
	return genai.Known(int64(f))
}

// epochSecondsMin tells a number that is a time since 1970 from one that is a duration, epochMillisMin one in milliseconds.
const (
	epochSecondsMin = 1e9
	epochMillisMin  = 1e12
)

// wait reads how long it is until a time that is given as a duration ("6m0s", "12ms"), in seconds, as seconds or
// milliseconds since 1970, or as a date of RFC 3339 or HTTP. What lies in the past, or cannot be read, is 0.
func wait(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		if seconds >= epochMillisMin { // OpenRouter
			seconds /= 1000
		}
		if seconds >= epochSecondsMin {
			seconds -= float64(now.UnixNano()) / 1e9
		}
		return bounded(seconds * float64(time.Second))
	}
	if d, err := time.ParseDuration(value); err == nil {
		return bounded(float64(d))
	}
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		if at, err = http.ParseTime(value); err != nil {
			return 0
		}
	}
	return bounded(float64(at.Sub(now)))
}

func bounded(d float64) time.Duration {
	if !(d > 0) { // also for NaN
		return 0
	}
	return time.Duration(min(d, float64(waitMax)))
}
