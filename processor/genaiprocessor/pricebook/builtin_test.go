package pricebook

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

func TestBuiltinPrices(t *testing.T) {
	book, err := Builtin()
	require.NoError(t, err)
	require.Regexp(t, `^genai-prices-\d+\.\d+\.\d+-20\d{6}-[0-9a-f]{8}$`, book.Version())
	c := NewCatalog(book)
	f := func(model, address string, want float64) {
		t.Helper()
		one := call(model, tokens(100_000, 10_000))
		one.ServerAddress = address
		cost, reason := c.Cost(one, nil)
		require.Empty(t, reason)
		require.Equal(t, genai.Cost{
			Amount: genai.NanoUSDFrom(want), Known: true, Source: SourceBuiltin, PriceVersion: book.version,
		}, cost)
	}
	f("gpt-4o-mini-2024-07-18", "api.openai.com", 0.021)
	f("gpt-5-mini", "", 0.045)
	f("claude-opus-4-5-20251101", "api.anthropic.com", 0.75)
	f("gemini-2.5-pro", "generativelanguage.googleapis.com", 0.225)
	f("openai/gpt-oss-120b", "api.groq.com", 0.021)
}

// A price that changes changes the version, so that what was priced before can be told from what was after.
func TestBuiltinVersionIsOfItsPrices(t *testing.T) {
	book, err := Builtin()
	require.NoError(t, err)
	_, prices, found := strings.Cut(string(builtinYAML), "\nprices:\n")
	require.True(t, found)
	hash := sha256.Sum256([]byte(prices))
	require.True(t, strings.HasSuffix(book.Version(), "-"+hex.EncodeToString(hash[:4])), book.Version())
}

// What calls have beside plain tokens: tiers, sizes, hours in the cache, sound, and spans that name no address.
func TestBuiltinPricesOfParts(t *testing.T) {
	book, err := Builtin()
	require.NoError(t, err)
	c := NewCatalog(book)
	f := func(want float64, change func(*genai.Call)) {
		t.Helper()
		one := call("", genai.Usage{})
		change(one)
		cost, reason := c.Cost(one, nil)
		if want < 0 {
			require.Equal(t, NoPrice, reason)
			return
		}
		require.Empty(t, reason)
		require.Equal(t, genai.NanoUSDFrom(want), cost.Amount)
	}
	tier := func(model, tier string) func(*genai.Call) {
		return func(c *genai.Call) { c.ResponseModel, c.ServiceTier, c.Usage = model, tier, tokens(100_000, 10_000) }
	}
	f(0.225, tier("gpt-5", "default"))
	f(0.1125, tier("gpt-5", "flex"))
	f(-1, tier("gpt-5", "priority"))
	f(0.15, tier("claude-haiku-4-5", "standard"))
	f(0.075, tier("claude-haiku-4-5", "batch"))
	f(0.1*5*1.1+0.01*25*1.1, tier("claude-opus-4-8", "us"))
	f((0.1*5*1.1+0.01*25*1.1)/2, tier("claude-opus-4-8", "batch-us"))
	f(0.1*10*1.1+0.01*50*1.1, tier("claude-opus-4-8", "fast-us"))
	f(-1, tier("claude-opus-4-8", "eu"))
	f(300_001*2.5e-6+10*15e-6, func(c *genai.Call) { c.ResponseModel, c.Usage = "gemini-2.5-pro", tokens(300_001, 10) })
	f(3*1.25e-6+7*2e-6, func(c *genai.Call) {
		c.ResponseModel, c.Usage = "claude-haiku-4-5", tokens(10, 0)
		c.Usage.CacheWrite, c.Usage.CacheWriteLong = genai.Known(10), genai.Known(7)
	})
	kept := func(address, model string) func(*genai.Call) {
		return func(c *genai.Call) {
			c.ResponseModel, c.ServerAddress, c.Usage = model, address, tokens(10, 0)
			c.Usage.CacheWrite, c.Usage.CacheWriteLong = genai.Known(10), genai.Known(7)
		}
	}
	f(3*3.75e-6+7*6e-6, kept("aiplatform.googleapis.com", "claude-sonnet-4-5@20250929"))
	f(3*4.125e-6+7*6.6e-6, kept("bedrock-runtime.us-east-1.amazonaws.com", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"))
	f(3*6.25e-6+7*10e-6, kept("openrouter.ai", "anthropic/claude-opus-4.8"))
	f(300*2.5e-6+700*40e-6+20*10e-6+60*80e-6, func(c *genai.Call) {
		c.ResponseModel, c.Usage = "gpt-4o-audio-preview-2024-12-17", tokens(1000, 80)
		c.Usage.AudioInput, c.Usage.AudioOutput = genai.Known(700), genai.Known(60)
	})
	f(0.003, func(c *genai.Call) {
		c.RequestModel, c.ServerAddress, c.Usage.AudioTime = "whisper-1", "api.openai.com", 30*time.Second
	})
	long := func(model string) func(*genai.Call) {
		return func(c *genai.Call) { c.ResponseModel, c.Usage = model, tokens(300_000, 10) }
	}
	f(700*32e-6+300*2.5e-6+60*64e-6, func(c *genai.Call) {
		c.ResponseModel, c.ServerAddress, c.Usage = "openai/gpt-audio", "openrouter.ai", tokens(1000, 60)
		c.Usage.AudioInput, c.Usage.AudioOutput = genai.Known(700), genai.Known(60)
	})
	f(700*10e-6+300*0.6e-6+60*20e-6, func(c *genai.Call) {
		c.ResponseModel, c.ServerAddress, c.Usage = "openai/gpt-audio-mini", "openrouter.ai", tokens(1000, 60)
		c.Usage.AudioInput, c.Usage.AudioOutput = genai.Known(700), genai.Known(60)
	})
	f(1000*0.3e-6+10*2.5e-6+1290*30e-6, func(c *genai.Call) {
		c.ResponseModel, c.ServerAddress, c.Usage = "google/gemini-2.5-flash-image", "openrouter.ai", tokens(1000, 1300)
		c.Usage.ImageOutput = genai.Known(1290)
	})
	f(300_001*4e-6+10*18e-6, func(c *genai.Call) {
		c.ResponseModel, c.ServerAddress, c.Usage = "google/gemini-3.1-pro-preview", "openrouter.ai", tokens(300_001, 10)
	})
	f(300_000*0.5e-6+10*2.5e-6, long("claude-haiku-5-5"))
	f(300_000*4e-6+10*15e-6, long("gpt-6.2-sol"))
	at := func(address, model string) func(*genai.Call) {
		return func(c *genai.Call) { c.ResponseModel, c.ServerAddress, c.Usage = model, address, tokens(100, 100) }
	}
	f(0.005+200*1e-6, at("api.perplexity.ai", "sonar"))
	f(0.006+100*3e-6+100*15e-6, at("api.perplexity.ai", "sonar-pro"))
	f(0.005+200*1e-6, at("openrouter.ai", "perplexity/sonar"))
	f(100*0.1e-6+100*0.4e-6+0.008, func(c *genai.Call) {
		at("api.mistral.ai", "voxtral-small-latest")(c)
		c.Start, c.Usage.AudioTime = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), 2*time.Minute
	})
	hosted := func(provider, address string) func(*genai.Call) {
		return func(c *genai.Call) {
			c.RequestModel, c.Provider, c.ServerAddress, c.Usage = "llama-3.1-8b-instant", provider, address, tokens(100_000, 0)
		}
	}
	f(0.005, hosted("groq", ""))
	f(0.005, hosted("openai", "api.groq.com"))
	f(-1, hosted("openai", ""))
	f(-1, hosted("groq", "10.0.0.1"))
	f(0.003, func(c *genai.Call) {
		c.RequestModel, c.Provider, c.Usage = "claude-sonnet-4-5@20250929", "gcp.vertex_ai", tokens(1000, 0)
	})
	f(0.0033, func(c *genai.Call) {
		c.RequestModel, c.Provider, c.Usage = "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "strands-agents", tokens(1000, 0)
	})
}

func TestBuiltinKnowsNoPriceOfOwnMachines(t *testing.T) {
	book, err := Builtin()
	require.NoError(t, err)
	c := NewCatalog(book)
	for _, model := range []string{"openai/gpt-oss-120b", "Qwen/Qwen3-32B", "meta-llama/Llama-3.3-70B-Instruct", "llama3.2"} {
		own := call(model, tokens(1, 1))
		own.ServerAddress, own.Upstream = "10.0.0.1", "vllm"
		_, reason := c.Cost(own, nil)
		require.Equal(t, NoPrice, reason, model)
	}
}

// Tokens of sound and pictures cost several times those of text: without their count, what there was of them costs nobody knows what.
func TestBuiltinNeedsTheCountOfSoundAndPictures(t *testing.T) {
	book, err := Builtin()
	require.NoError(t, err)
	c := NewCatalog(book)
	f := func(want float64, model string, change func(*genai.Call)) {
		t.Helper()
		one := call(model, tokens(1000, 100))
		change(one)
		cost, reason := c.Cost(one, nil)
		if want < 0 {
			require.Equal(t, NoUsage, reason)
			return
		}
		require.Empty(t, reason)
		require.Equal(t, genai.NanoUSDFrom(want), cost.Amount)
	}
	f(1000*0.3e-6+100*2.5e-6, "gemini-2.5-flash", func(*genai.Call) {})
	f(-1, "gemini-2.5-flash", func(c *genai.Call) { c.InputAudios = 1 })
	f(900*1e-6+100*0.3e-6+100*2.5e-6, "gemini-2.5-flash", func(c *genai.Call) { c.InputAudios, c.Usage.AudioInput = 1, genai.Known(900) })
	f(1000*1.25e-6+100*10e-6, "gemini-2.5-pro", func(c *genai.Call) { c.InputAudios = 1 }) // of one price
	f(-1, "gemini-2.5-flash-image", func(*genai.Call) {})
	f(1000*0.3e-6+90*30e-6+10*2.5e-6, "gemini-2.5-flash-image", func(c *genai.Call) { c.Usage.ImageOutput = genai.Known(90) })
}

// DeepSeek's peak hours, of working days since 2026-08-23, and in Beijing's days before.
func TestBuiltinPeakHours(t *testing.T) {
	book, err := Builtin()
	require.NoError(t, err)
	c := NewCatalog(book)
	f := func(model, at string, want float64) {
		t.Helper()
		one := call(model, tokens(1_000_000, 0))
		one.ServerAddress = "api.deepseek.com"
		one.Start, err = time.Parse(time.RFC3339, at)
		require.NoError(t, err)
		cost, reason := c.Cost(one, nil)
		require.Empty(t, reason)
		require.Equal(t, genai.NanoUSDFrom(want), cost.Amount, at)
	}
	f("deepseek-v4-pro", "2026-08-16T15:59:59Z", 0.435)
	f("deepseek-v4-pro", "2026-08-16T16:00:00Z", 0.66)
	f("deepseek-v4-pro", "2026-08-22T06:00:00Z", 1.32) // a Saturday
	f("deepseek-v4-pro", "2026-08-23T06:00:00Z", 0.66)
	f("deepseek-v4-flash", "2026-08-24T06:00:00Z", 0.44)
	f("deepseek-v4-flash", "2026-08-29T06:00:00Z", 0.22)
	for _, model := range []string{"deepseek-flash", "deepseek-v4-flash"} {
		f(model, "2026-11-27T09:59:59Z", 0.30)
		f(model, "2026-11-27T10:00:00Z", 0.15)
		f(model, "2026-11-28T06:00:00Z", 0.15)
	}
}

// The book has the price of the tokens alone. Who gives prices of their own has thought of what else there is to pay, if anything.
func TestBuiltinKnowsNoPriceOfHostedTools(t *testing.T) {
	book, err := Builtin()
	require.NoError(t, err)
	own, err := New("config", "1", []Price{{Model: []string{"claude-own"}, Input: usd(1), Output: usd(2)}})
	require.NoError(t, err)
	c := NewCatalog(own, book)
	one := call("claude-haiku-4-5", tokens(100, 100))
	one.Usage.HostedTools = true
	cost, reason := c.Cost(one, nil)
	require.Equal(t, HostedTools, reason)
	require.Equal(t, genai.Cost{Source: SourceHostedTools, PriceVersion: book.version}, cost)
	one.ResponseModel = "claude-own"
	cost, _ = c.Cost(one, nil)
	require.Equal(t, genai.Cost{Amount: 300_000, Known: true, Source: "config", PriceVersion: "1"}, cost)
	one.ResponseModel, one.ServiceTier = "claude-haiku-4-5", "priority"
	_, reason = c.Cost(one, nil)
	require.Equal(t, NoPrice, reason)
}

// Most of what such a call costs, no call counts: how often it searched, what it found, how long it listened.
func TestBuiltinKnowsNoPriceOfWhatIsNotCounted(t *testing.T) {
	book, err := Builtin()
	require.NoError(t, err)
	c := NewCatalog(book)
	f := func(address, model, want string) {
		t.Helper()
		one := call(model, tokens(100, 100))
		one.ServerAddress = address
		_, reason := c.Cost(one, nil)
		require.Equal(t, want, reason, model)
	}
	f("api.perplexity.ai", "sonar-deep-research", NoPrice)
	f("openrouter.ai", "perplexity/sonar-deep-research", NoPrice)
	f("openrouter.ai", "perplexity/sonar-reasoning-pro", NoPrice)
	f("api.openai.com", "gpt-4o-search-preview-2025-03-11", NoPrice)
	f("api.openai.com", "gpt-4o-mini-search-preview", NoPrice)
	f("openrouter.ai", "openai/gpt-4o-search-preview", NoPrice)
	f("openrouter.ai", "openai/gpt-5-image-mini", NoPrice)
	f("openrouter.ai", "mistralai/voxtral-small-24b-2507", NoPrice)
	f("api.mistral.ai", "voxtral-small-latest", NoUsage)
}

func TestBuiltinOrderOfMagnitude(t *testing.T) {
	book, err := Builtin()
	require.NoError(t, err)
	const perMillion = 1_000_000_000 // femto-dollars per token of 1 USD per million tokens
	var priced int
	for _, e := range book.entries {
		if e.input.femto+e.output.femto+e.perCall.femto == 0 {
			require.LessOrEqual(t, e.audioHour.femto, uint64(2e15), e.selector)
			continue // what a host gives away, or charges by the hour
		}
		priced++
		require.LessOrEqual(t, e.input.femto, uint64(250*perMillion), e.selector)
		require.LessOrEqual(t, e.output.femto, uint64(1000*perMillion), e.selector)
		require.LessOrEqual(t, e.perCall.femto, uint64(1e15), e.selector)
		require.GreaterOrEqual(t, e.input.femto+e.output.femto+e.perCall.femto, uint64(perMillion/1000), e.selector)
		if e.cacheRead.set && e.input.femto > 0 {
			require.LessOrEqual(t, e.cacheRead.femto, e.input.femto, e.selector)
		}
		if e.cacheWrite.set && e.input.femto > 0 {
			require.LessOrEqual(t, e.cacheWrite.femto, 3*e.input.femto, e.selector)
		}
		if e.cacheWriteLong.set {
			require.Equal(t, 2*e.input.femto, e.cacheWriteLong.femto, e.selector)
		}
	}
	require.Greater(t, priced, 1000)
}

// The models that people use have prices at the addresses they use them at.
func TestBuiltinCovers(t *testing.T) {
	book, err := Builtin()
	require.NoError(t, err)
	f := func(address string, least int) {
		t.Helper()
		models := make(map[string]bool)
		for _, e := range book.entries {
			if address == "" && len(e.addresses) == 0 || len(e.addresses) > 0 && matchAny(e.addresses, address) {
				models[e.selector] = true
			}
		}
		require.GreaterOrEqual(t, len(models), least, address)
	}
	f("", 140) // hosted models at any address
	f("api.openai.com", 80)
	f("api.anthropic.com", 20)
	f("aiplatform.googleapis.com", 40)
	f("bedrock-runtime.eu-central-1.amazonaws.com", 80)
	f("openrouter.ai", 500)
	f("api.together.xyz", 60)
	f("api.fireworks.ai", 25)
	f("api.groq.com", 20)
	f("api.deepseek.com", 5)
	f("api.mistral.ai", 30)
}
