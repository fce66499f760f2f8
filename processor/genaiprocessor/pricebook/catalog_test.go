package pricebook

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

func usd(v float64) *float64 { return &v }

func flat(model string, input, output float64) Price {
	return Price{Model: []string{model}, Input: usd(input), Output: usd(output)}
}

func catalog(t *testing.T, prices ...Price) *Catalog {
	t.Helper()
	book, err := New("config", "v1", prices)
	require.NoError(t, err)
	return NewCatalog(book)
}

func known(nano genai.NanoUSD) genai.Cost {
	return genai.Cost{Amount: nano, Known: true, Source: "config", PriceVersion: "v1"}
}

func call(model string, usage genai.Usage) *genai.Call {
	return &genai.Call{
		Operation: genai.OperationChat, ResponseModel: model, Usage: usage, Start: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
	}
}

func tokens(input, output int64) genai.Usage {
	return genai.Usage{Input: genai.Known(input), Output: genai.Known(output)}
}

func TestEveryTokenIsChargedOnce(t *testing.T) {
	p := flat("m", 10, 100)
	p.CacheRead, p.CacheWrite, p.AudioInput = usd(1), usd(20), usd(40)
	p.Reasoning, p.AudioOutput, p.PerCall = usd(200), usd(400), usd(0.5)
	p.ImageInput, p.ImageOutput = usd(7), usd(70)
	c := catalog(t, p)
	f := func(usage genai.Usage, micro genai.NanoUSD) {
		t.Helper()
		cost, reason := c.Cost(call("m", usage), nil)
		require.Empty(t, reason)
		require.Equal(t, known(micro*1000), cost)
	}
	f(tokens(0, 0), 500_000)
	f(tokens(3, 2), 500_230)
	all := tokens(100, 50)
	all.CacheRead, all.CacheWrite, all.AudioInput = genai.Known(60), genai.Known(10), genai.Known(5)
	all.Reasoning, all.AudioOutput = genai.Known(20), genai.Known(10)
	f(all, 500_000+60*1+10*20+5*40+25*10+20*200+10*400+20*100)
	p.CacheWriteLong, p.AudioCacheRead = usd(30), usd(2)
	c = catalog(t, p)
	parts := tokens(100, 0)
	parts.CacheWrite, parts.CacheWriteLong = genai.Known(30), genai.Known(20)
	parts.CacheRead, parts.AudioInput, parts.AudioCacheRead = genai.Known(40), genai.Known(25), genai.Known(15)
	f(parts, 500_000+10*20+20*30+25*1+15*2+10*40+20*10)
	parts.CacheWriteLong, parts.AudioCacheRead = genai.Known(1000), genai.Known(1000)
	f(parts, 500_000+30*30+15*1+25*2+30*10)
	images := tokens(100, 50)
	images.ImageInput, images.ImageOutput = genai.Known(90), genai.Known(40)
	f(images, 500_000+90*7+10*10+40*70+10*100)
	over := tokens(10, 5)
	over.CacheRead, over.Reasoning = genai.Known(1000), genai.Known(7)
	f(over, 500_000+10*1+5*200)
}

func TestPartsWithoutOwnPriceCostTheSame(t *testing.T) {
	usage := tokens(100, 50)
	usage.CacheRead, usage.Reasoning = genai.Known(60), genai.Known(20)
	cost, _ := catalog(t, flat("m", 10, 100)).Cost(call("m", usage), nil)
	require.Equal(t, known(6_000_000), cost)
}

// Who embeds or ranks gives no tokens out, and counts none: a price that has one for them, too, needs no count.
func TestCallsThatGiveNoTokensOutNeedNoCountOfThem(t *testing.T) {
	c := catalog(t, flat("*", 10, 100))
	f := func(op genai.Operation, usage genai.Usage, want genai.Cost) {
		t.Helper()
		one := call("m", usage)
		one.Operation = op
		cost, _ := c.Cost(one, nil)
		require.Equal(t, want, cost)
	}
	onlyInput, unknown := genai.Usage{Input: genai.Known(5)}, genai.Cost{Source: SourceUnknown}
	f(genai.OperationEmbeddings, onlyInput, known(50_000))
	f(genai.OperationRerank, onlyInput, known(50_000))
	f(genai.OperationEmbeddings, tokens(5, 1), known(150_000))
	f(genai.OperationEmbeddings, genai.Usage{}, unknown)
	f(genai.OperationChat, onlyInput, unknown)
	f(genai.OperationScore, onlyInput, unknown) // some make a token for each text
}

func TestCostIsUnknown(t *testing.T) {
	cached := Price{Model: []string{"cached"}, Input: usd(0), Output: usd(0), CacheRead: usd(1)}
	perCall := Price{Model: []string{"percall"}, PerCall: usd(0.25)}
	c := catalog(t, flat("m", 1, 1), flat("embed", 1, 0), flat("free", 0, 0), cached, perCall, flat("dear", 1e9, 1e9))
	f := func(c *Catalog, call *genai.Call, reason string) {
		t.Helper()
		cost, got := c.Cost(call, nil)
		require.Equal(t, reason, got)
		if reason != "" {
			require.Equal(t, genai.Cost{Source: SourceUnknown}, cost)
		} else {
			require.True(t, cost.Known)
		}
	}
	onlyInput, onlyOutput := genai.Usage{Input: genai.Known(1)}, genai.Usage{Output: genai.Known(1)}
	f(c, call("other", tokens(1, 1)), NoPrice)
	f(c, call("", tokens(1, 1)), NoPrice)
	f(c, call("m", genai.Usage{}), NoUsage)
	f(c, call("m", onlyInput), NoUsage)
	f(c, call("m", onlyOutput), NoUsage)
	f(c, call("m", tokens(0, 0)), "")
	f(c, call("embed", onlyInput), "")
	f(c, call("free", genai.Usage{}), "")
	f(c, call("cached", genai.Usage{}), NoUsage)
	f(c, call("percall", genai.Usage{}), "")
	f(c, call("dear", tokens(4194, 0)), "")
	f(c, call("dear", tokens(4195, 0)), OutOfRange)
	f(c, call("dear", tokens(1<<62, 1<<62)), OutOfRange)
	f(c, call("embed", tokens(genai.TokensMax, 0)), "")
	f(c, call("embed", tokens(genai.TokensMax+1, 0)), OutOfRange)
}

func TestCallsThatReachNoModelCostNothing(t *testing.T) {
	c := catalog(t, flat("m", 1, 1))
	refused := call("m", genai.Usage{})
	refused.Outcome = genai.OutcomeRefused
	fetched, cancelled, counted := call("m", tokens(1000, 1000)), call("m", genai.Usage{}), call("m", tokens(1000, 0))
	fetched.Operation, cancelled.Operation = genai.OperationFetchResponse, genai.OperationCancelResponse
	counted.Operation = genai.OperationCountTokens
	for _, call := range []*genai.Call{refused, fetched, cancelled, counted} {
		cost, reason := c.Cost(call, nil)
		require.Empty(t, reason)
		require.Equal(t, genai.Cost{Known: true, Source: SourceNotBilled}, cost)
	}
}

func TestChoiceOfPrice(t *testing.T) {
	at := func(p Price, change func(*Price)) Price { change(&p); return p }
	c := catalog(t,
		at(flat("gpu-*", 1, 0), func(p *Price) { p.Upstream = []string{"a100-?"} }),
		flat("GPU-*", 2, 0),
		at(flat("dated", 3, 0), func(p *Price) { p.From = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC) }),
		flat("exact", 9, 0),
		flat("dated", 4, 0),
		at(flat("dated", 5, 0), func(p *Price) { p.From = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC) }),
		flat("long", 6, 0),
		at(flat("long", 7, 0), func(p *Price) { p.InputOver = 1_000_000 }),
		at(flat("hosted", 8, 0), func(p *Price) { p.Address = []string{"*.example.com"} }),
		at(flat("tiered", 10, 0), func(p *Price) { p.ServiceTier = []string{"flex"} }),
		flat("tiered", 11, 0),
		flat("alias", 12, 0),
	)
	f := func(want genai.NanoUSD, change func(*genai.Call)) {
		t.Helper()
		one := call("", tokens(1_000_000, 0))
		change(one)
		cost, _ := c.Cost(one, nil)
		if want == 0 {
			require.Equal(t, genai.Cost{Source: SourceUnknown}, cost)
			return
		}
		require.Equal(t, known(want*1e9), cost)
	}
	f(1, func(c *genai.Call) { c.ResponseModel, c.Upstream = "gpu-x/y", "A100-1" })
	f(2, func(c *genai.Call) { c.ResponseModel, c.Upstream = "gpu-x/y", "a100" })
	f(4, func(c *genai.Call) {
		c.ResponseModel, c.Start = "dated", time.Date(2026, 5, 31, 23, 59, 59, 0, time.UTC)
	})
	f(3, func(c *genai.Call) { c.ResponseModel, c.Start = "dated", time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC) })
	f(5, func(c *genai.Call) { c.ResponseModel, c.Start = "dated", time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC) })
	f(6, func(c *genai.Call) { c.ResponseModel = "long" })
	f(8, func(c *genai.Call) { c.ResponseModel, c.ServerAddress = "hosted", "api.example.com" })
	f(0, func(c *genai.Call) { c.ResponseModel, c.ServerAddress = "hosted", "localhost" })
	f(10, func(c *genai.Call) { c.ResponseModel, c.ServiceTier = "tiered", "flex" })
	f(11, func(c *genai.Call) { c.ResponseModel, c.ServiceTier = "tiered", "default" })
	f(0, func(c *genai.Call) { c.ResponseModel, c.ServiceTier = "tiered", "priority" })
	f(12, func(c *genai.Call) { c.ResponseModel, c.RequestModel = "unlisted", "alias" })
	f(9, func(c *genai.Call) { c.ResponseModel, c.RequestModel = "exact", "alias" })

	long := call("long", tokens(1_000_001, 0))
	cost, _ := c.Cost(long, nil)
	require.Equal(t, known(7_000_007_000), cost)
}

func TestConditionsAreDecidedOutside(t *testing.T) {
	p := flat("m", 1, 1)
	p.When = "cheap"
	c := catalog(t, p, flat("m", 2, 2))
	f := func(fulfils func(string) bool, want genai.NanoUSD) {
		t.Helper()
		cost, _ := c.Cost(call("m", tokens(1_000_000, 0)), fulfils)
		require.Equal(t, known(want*1e9), cost)
	}
	f(func(condition string) bool { return condition == "cheap" }, 1)
	f(func(string) bool { return false }, 2)
	f(nil, 2)
	require.Equal(t, []string{"cheap"}, c.books[0].Conditions())
}

func TestFirstBookWins(t *testing.T) {
	first, err := New("config", "mine", []Price{flat("alias", 1, 1)})
	require.NoError(t, err)
	second, err := New("price_book", "theirs", []Price{flat("real", 2, 2)})
	require.NoError(t, err)
	c := NewCatalog(first, second)
	aliased := call("real", tokens(1, 0))
	aliased.RequestModel = "alias"
	cost, _ := c.Cost(aliased, nil)
	require.Equal(t, genai.Cost{Amount: 1000, Known: true, Source: "config", PriceVersion: "mine"}, cost)
	cost, _ = c.Cost(call("real", tokens(1, 0)), nil)
	require.Equal(t, genai.Cost{Amount: 2000, Known: true, Source: "price_book", PriceVersion: "theirs"}, cost)
}

func TestPricesOfSomeHours(t *testing.T) {
	night, noon, whole := flat("m", 1, 0), flat("m", 2, 0), flat("m", 3, 0)
	night.Daily, noon.Daily = "22:30-06:00", "12:00-13:00"
	c := catalog(t, whole, night, noon)
	f := func(hour, minute int, want genai.NanoUSD) {
		t.Helper()
		one := call("m", tokens(1_000_000, 0))
		one.Start = time.Date(2026, 11, 1, hour, minute, 59, 0, time.UTC).In(time.FixedZone("", 3600))
		cost, _ := c.Cost(one, nil)
		require.Equal(t, known(want*1e9), cost)
	}
	f(22, 29, 3)
	f(22, 30, 1)
	f(0, 0, 1)
	f(5, 59, 1)
	f(6, 0, 3)
	f(12, 0, 2)
	f(13, 0, 3)
}

func TestPriceOfTimeTaken(t *testing.T) {
	p := Price{Model: []string{"m"}, PerSecond: usd(0.000225), PerCall: usd(0.01)}
	one := call("m", genai.Usage{})
	one.Duration = 1500*time.Millisecond + 999*time.Nanosecond
	cost, _ := catalog(t, p).Cost(one, nil)
	require.Equal(t, known(10_337_500), cost)
}

func TestPriceOfSound(t *testing.T) {
	p := Price{Model: []string{"m"}, AudioHour: usd(0.111)}
	c := catalog(t, p)
	one := call("m", genai.Usage{AudioTime: 30 * time.Second})
	cost, _ := c.Cost(one, nil)
	require.Equal(t, known(925_000), cost)
	one.Usage.AudioTime = 7*time.Second + 1001*time.Nanosecond
	cost, _ = c.Cost(one, nil)
	require.Equal(t, known(215_833), cost)
	one.Usage.AudioTime = 0
	cost, reason := c.Cost(one, nil)
	require.Equal(t, NoUsage, reason)
	require.False(t, cost.Known)
	p.AudioHour = usd(1000)
	one.Usage.AudioTime = 30 * 24 * time.Hour
	cost, _ = catalog(t, p).Cost(one, nil)
	require.Equal(t, known(720_000e9), cost)
}

func TestProviderStandsForAnAddress(t *testing.T) {
	p := flat("m", 1, 0)
	p.Address, p.Provider = []string{"api.groq.com"}, []string{"groq"}
	c := catalog(t, p)
	f := func(address, provider, reason string) {
		t.Helper()
		one := call("m", tokens(1, 0))
		one.ServerAddress, one.Provider = address, provider
		_, got := c.Cost(one, nil)
		require.Equal(t, reason, got)
	}
	f("api.groq.com", "openai", "")
	f("", "groq", "")
	f("", "openai", NoPrice)
	f("127.0.0.1", "groq", NoPrice)
}

func TestParse(t *testing.T) {
	text := []byte("prices: [{model: m, input: 1, output: 2}]")
	book, err := Parse("config", text)
	require.NoError(t, err)
	require.Len(t, book.Version(), 2*versionBytes)
	again, err := Parse("config", append(text, '\n'))
	require.NoError(t, err)
	require.NotEqual(t, book.Version(), again.Version())
	book, err = Parse("config", append(text, "\nversion: '7'"...))
	require.NoError(t, err)
	require.Equal(t, "7", book.Version())
	for _, bad := range []string{"", "version: a", "prices: [", "price: []", "prices: [{model: m}]", "- a"} {
		_, err = Parse("config", []byte(bad))
		require.Error(t, err, bad)
	}
}

// Hours of working days are those that begin on one, also after midnight, and go before those of every day.
func TestHoursOfWorkingDays(t *testing.T) {
	always, daily, working, night := flat("m", 1, 1), flat("m", 2, 2), flat("m", 3, 3), flat("m", 4, 4)
	daily.Daily, working.Daily, night.Daily = "08:00-10:00", "Mon-Fri 08:00-10:00", "Mon-Fri 22:00-02:00"
	c := catalog(t, always, daily, night, working)
	f := func(at string, want genai.NanoUSD) {
		t.Helper()
		begin, err := time.Parse(time.RFC3339, at)
		require.NoError(t, err)
		one := call("m", tokens(1, 0))
		one.Start = begin
		cost, _ := c.Cost(one, nil)
		require.Equal(t, 1000*want, cost.Amount)
	}
	f("2026-11-27T08:00:00Z", 3) // a Friday
	f("2026-11-27T09:59:59+02:00", 1)
	f("2026-11-27T22:00:00Z", 4)
	f("2026-11-28T01:59:59Z", 4)
	f("2026-11-28T02:00:00Z", 1)
	f("2026-11-28T08:00:00Z", 2)
	f("2026-11-28T22:00:00Z", 1)
	f("2026-11-30T01:00:00Z", 1) // a Monday
	f("2026-11-30T03:30:00-06:00", 3)
}

func TestNamesFromOutsideAreBounded(t *testing.T) {
	c := catalog(t, flat("*", 1, 1))
	longest := strings.Repeat("x", nameBytesMax)
	_, reason := c.Cost(call(longest, tokens(1, 1)), nil)
	require.Empty(t, reason)
	_, reason = c.Cost(call(longest+"x", tokens(1, 1)), nil)
	require.Equal(t, NoPrice, reason)
	for i := range kindsMax + 1 {
		c.Cost(call(strconv.Itoa(i), tokens(1, 1)), nil)
	}
	require.Equal(t, kindsMax, c.known.Len())
}

func TestBadPrices(t *testing.T) {
	f := func(p Price, problems ...string) {
		t.Helper()
		err := p.Validate()
		for _, problem := range problems {
			require.ErrorContains(t, err, problem)
		}
		_, err = New("config", "v1", []Price{p})
		require.Error(t, err)
	}
	f(Price{}, "model: needed", "no price given")
	f(Price{Model: []string{"m"}, Input: usd(1)}, "give both or neither")
	f(Price{Model: []string{"m"}, PerCall: usd(1), CacheRead: usd(1)}, "need input and output")
	f(Price{Model: []string{"m"}, AudioHour: usd(1), CacheWriteLong: usd(1)}, "need input and output")
	f(Price{Model: []string{"m"}, AudioHour: usd(1001)}, "audio_hour: 1001 is no price; give dollars, from 0 to 1000")
	f(Price{Model: []string{"m"}, PerCall: usd(1), Provider: []string{"groq"}}, "provider: stands for an address")
	f(Price{Model: []string{"[", ""}, Input: usd(-1), Output: usd(1e9 + 1), InputOver: -1},
		`model: "[" is no pattern`, `model: "" is no pattern`, "input: -1 is no price; give dollars per million tokens, from 0 to 1000000000", "output: 1.000000001e+09 is no price",
		"input_over: -1 is negative")
	for _, daily := range []string{"8-9", "08:00", "08:00-08:00", "08:00-24:00", "Mon-Fri", "Mon-Fri 08:00", "Sat-Sun 08:00-09:00"} {
		bad := flat("m", 1, 1)
		bad.Daily = daily
		f(bad, "is no part of a day")
	}
	f(Price{Model: []string{"m"}, Input: usd(0.0000000001), Output: usd(0)}, "too fine; give at most 9 decimals")
}

// What the server states of a call's cost is the bill, unless a price of the user's tells otherwise, and better than the book or nothing.
func TestCostThatTheServerStates(t *testing.T) {
	own, err := New("config", "v1", []Price{flat("own", 1, 2)})
	require.NoError(t, err)
	book, err := New(SourceBuiltin, "b", []Price{flat("booked", 3, 4)})
	require.NoError(t, err)
	c := NewCatalog(own, book)
	stated := genai.Cost{Amount: 924_000, Known: true, Source: genai.CostReported}
	f := func(want genai.Cost, reason string, stated genai.Cost, one *genai.Call) {
		t.Helper()
		one.Cost = stated
		cost, got := c.Cost(one, nil)
		require.Equal(t, reason, got)
		require.Equal(t, want, cost)
	}
	f(known(3_000_000), "", stated, call("own", tokens(1000, 1000)))
	f(stated, "", stated, call("own", genai.Usage{}))
	f(stated, "", stated, call("booked", tokens(1000, 1000)))
	f(stated, "", stated, call("nobody-knows", genai.Usage{}))
	searched := tokens(1000, 1000)
	searched.HostedTools = true
	f(stated, "", stated, call("booked", searched))
	refused := call("booked", tokens(1, 1))
	refused.Outcome = genai.OutcomeRefused
	f(genai.Cost{Known: true, Source: SourceNotBilled}, "", stated, refused)

	absurd := genai.Cost{Source: genai.CostReported}
	f(genai.Cost{Amount: 7_000_000, Known: true, Source: SourceBuiltin, PriceVersion: "b"}, "", absurd, call("booked", tokens(1000, 1000)))
	f(genai.Cost{Source: SourceUnknown}, OutOfRange, absurd, call("nobody-knows", tokens(1, 1)))
}
