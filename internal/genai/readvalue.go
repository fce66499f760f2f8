package genai

import (
	"encoding/json"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// readCount takes a negative number, which no count can be, for unknown. Digits as text are a number: all attributes of
// Micrometer, and so of Spring AI, are text.
func readCount(v pcommon.Value) Count {
	var n int64
	switch v.Type() {
	case pcommon.ValueTypeInt:
		n = v.Int()
	case pcommon.ValueTypeStr:
		var err error
		if n, err = strconv.ParseInt(v.Str(), 10, 64); err != nil {
			return Count{}
		}
	case pcommon.ValueTypeDouble:
		if math.IsNaN(v.Double()) || math.Abs(v.Double()) > 1<<53 {
			return Count{}
		}
		n = int64(v.Double())
	default:
		return Count{}
	}
	if n < 0 {
		return Count{}
	}
	return Known(n)
}

// countOf gives the first count that there is.
func countOf[N int64 | float64](counts ...*N) Count {
	for _, n := range counts {
		if n != nil && *n >= 0 {
			return Known(int64(min(*n, TokensMax+1)))
		}
	}
	return Count{}
}

// unquoted gives a word that may stand between quotes.
func unquoted(v pcommon.Value) string { return strings.Trim(v.AsString(), `"`) }

func readFloat(v pcommon.Value) float64 {
	if v.Type() == pcommon.ValueTypeInt {
		return float64(v.Int())
	}
	return v.Double()
}

// readUSD takes what can be no cost (a negative or huge number, NaN, text) for unknown.
func readUSD(c *Call, v pcommon.Value) {
	usd := readFloat(v)
	c.Cost.Known = usd >= 0 && usd <= CostMax.USD() && (v.Type() == pcommon.ValueTypeDouble || v.Type() == pcommon.ValueTypeInt)
	if c.Cost.Known {
		c.Cost.Amount = NanoUSDFrom(usd)
	}
}

// readSeconds takes what can be no duration (a negative or huge number, NaN, text) for absent.
func readSeconds(v pcommon.Value) time.Duration { return secondsOf(readFloat(v)) }

func readMillis(v pcommon.Value) time.Duration { return secondsOf(readFloat(v) / 1000) }

func secondsOf(seconds float64) time.Duration {
	if !(seconds >= 0 && seconds <= math.MaxInt64/float64(time.Second)/2) {
		return 0
	}
	return time.Duration(math.Round(seconds * float64(time.Second)))
}

// readFlag takes text for a flag too, as LiteLLM and Micrometer send it.
func readFlag(v pcommon.Value) bool {
	if v.Type() == pcommon.ValueTypeBool {
		return v.Bool()
	}
	return v.AsString() == "true" || v.AsString() == "True"
}

func readHash(v pcommon.Value) uint64 {
	r := hashReader{rest: v.Str()}
	hash := r.hash()
	if r.bad || r.rest != "" {
		return 0
	}
	return hash
}

// readReasons takes a list as JSON or with commas too, as LiteLLM and LangSmith send it, and the AI SDK's spelling.
func readReasons(c *Call, v pcommon.Value) []string {
	var reasons []string
	if v.Type() == pcommon.ValueTypeStr {
		reasons = splitReasons(v.Str())
	} else {
		reasons = readStrings(c, v)
	}
	for i, reason := range reasons {
		switch reason {
		case "tool-calls", "content-filter":
			reasons[i] = strings.ReplaceAll(reason, "-", "_")
		}
	}
	return reasons
}

func splitReasons(text string) (reasons []string) {
	if json.Unmarshal([]byte(text), &reasons) != nil {
		reasons = strings.Split(text, ", ")
	}
	return reasons
}

// readApplicable takes a list, too.
func readApplicable(c *Call, v pcommon.Value) {
	if v.Type() != pcommon.ValueTypeStr || v.Str() == "" {
		c.Fidelity.Applicable = readStrings(c, v)
		return
	}
	c.Fidelity.Applicable, c.Fidelity.ApplicableText = c.checks(v.Str()), v.Str()
}

func readStrings(c *Call, v pcommon.Value) []string {
	if v.Type() == pcommon.ValueTypeStr {
		return []string{v.Str()}
	}
	if v.Type() != pcommon.ValueTypeSlice {
		return nil
	}
	values := c.texts(v.Slice().Len())
	for _, item := range v.Slice().All() {
		values = append(values, item.AsString())
	}
	return values
}

// hostOf gives host and port of a URL; the port only where it is not the scheme's.
func hostOf(base string) (host string, port int) {
	u, err := url.Parse(base)
	if err != nil {
		return "", 0
	}
	port, _ = strconv.Atoi(u.Port()) // none, or not a number: left out
	return u.Hostname(), port
}
