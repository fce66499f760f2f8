package openai

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
)

// usageOf is a stream, or a whole answer, with more in its usage.
func usageOf(stream bool, more string) string {
	usage := `"usage":{"prompt_tokens":43,"completion_tokens":10,"total_tokens":53,` + more + `}`
	if stream {
		return streamed(`{"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]}`, `{"choices":[],`+usage+`}`)
	}
	return `{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}],` + usage + `}`
}

func reported(nano genai.NanoUSD) genai.Cost {
	return genai.Cost{Amount: nano, Known: true, Source: genai.CostReported}
}

// The members are as documented or recorded: OpenRouter's usage accounting and API reference, Vercel's gateway, xAI's cost tracking,
// DeepInfra's answers, the types of Perplexity's client.
func TestCostThatTheServerStates(t *testing.T) {
	f := func(want genai.Cost, more string) {
		t.Helper()
		for _, stream := range []bool{false, true} {
			require.Equal(t, want, decode(t, ok(usageOf(stream, more))).Cost)
		}
	}
	// OpenRouter: what it charged is more than the model's tokens where it searched the web
	f(reported(7_650_917), `"cost":0.0076509169000000005,"cost_details":{"upstream_inference_cost":0.0006509169}`)
	f(reported(924_000), `"cost":0.000924,"is_byok":false,"cost_details":{"upstream_inference_cost":0.000924}`)
	f(reported(0), `"cost":0,"is_byok":false,"cost_details":{"upstream_inference_cost":null,"upstream_inference_prompt_cost":0}`)
	f(reported(19_950_000_000), `"cost":0.95,"is_byok":true,"cost_details":{"upstream_inference_cost":19}`)
	f(genai.Cost{}, `"cost":0,"is_byok":true,"cost_details":{"upstream_inference_cost":null},"market_cost":0.01`) // Vercel does not say the rest
	// xAI
	f(reported(146_625), `"num_sources_used":0,"cost_in_usd_ticks":1466250`)
	f(reported(3_775_600), `"cost_in_usd_ticks":37756000`)
	// DeepInfra
	f(reported(96_800), `"estimated_cost":9.68e-05`)
	// Perplexity: Sonar, then the Agent API
	f(reported(5_126_000), `"search_context_size":"low","cost":{"input_tokens_cost":0.000019,"output_tokens_cost":0.000107,"request_cost":0.005,"total_cost":0.005126}`)
	f(reported(12_000_000), `"cost":{"currency":"USD","input_cost":0.002,"output_cost":0.005,"tool_calls_cost":0.005,"total_cost":0.012}`)
	f(genai.Cost{}, `"cost":{"currency":"EUR","total_cost":0.012}`)
	// which currency a bare cost is in depends on whose it is
	f(genai.Cost{}, `"cost":0.16`)
}

func TestWhatIsNoCost(t *testing.T) {
	f := func(want genai.Cost, more string) {
		t.Helper()
		require.Equal(t, want, decode(t, ok(usageOf(true, more))).Cost)
	}
	for _, amount := range []string{`null`, `-0.1`, `"0.1"`, `true`, `[0.1]`, `{}`, `1e999`} {
		f(genai.Cost{}, `"is_byok":false,"cost":`+amount)
		f(genai.Cost{}, `"estimated_cost":`+amount)
		f(genai.Cost{}, `"cost_in_usd_ticks":`+amount)
		f(genai.Cost{}, `"cost":{"total_cost":`+amount+`}`)
	}
	f(reported(1000*1e9), `"estimated_cost":1000`)
	absurd := genai.Cost{Source: genai.CostReported}
	f(absurd, `"estimated_cost":1000.000000001`)
	f(absurd, `"estimated_cost":1e300`)
	f(absurd, `"is_byok":true,"cost":600,"cost_details":{"upstream_inference_cost":600}`)
}

// The last cost of a stream counts. Perplexity begins with one of 0, by which an answer that broke off is not free.
func TestCostInAStream(t *testing.T) {
	f := func(want genai.Cost, usages ...string) {
		t.Helper()
		var chunks []string
		for _, usage := range usages {
			chunks = append(chunks, `data: {"choices":[{"delta":{"content":"x"}}],"usage":`+usage+`}`+"\n\n")
		}
		x := ok(strings.Join(chunks, ""))
		x.End = exchange.UpstreamBroken
		require.Equal(t, want, decode(t, x).Cost)
	}
	zero, whole := `{"prompt_tokens":5,"cost":{"total_cost":0}}`, `{"prompt_tokens":5,"cost":{"total_cost":0.005}}`
	f(genai.Cost{}, zero)
	f(reported(5_000_000), zero, whole)
	f(reported(5_000_000), zero, whole, `{"prompt_tokens":5,"cost":null}`)
}

// LiteLLM's proxy states the cost in a header, and in a stream's usage if it is configured so; 0 where it has no price.
func TestCostOfLiteLLM(t *testing.T) {
	f := func(want genai.Cost, body string, head ...string) {
		t.Helper()
		x := ok(body)
		x.Response.Header = exchange.Header(strings.Join(append(head, "x-litellm-call-id: 5e2d"), "\r\n") + "\r\n")
		require.Equal(t, want, decode(t, x).Cost)
	}
	header := func(value string) string { return "x-litellm-response-cost: " + value }
	f(reported(34_500), usageOf(false, `"cost":0.00003,"is_byok":false`), header("3.45e-05")) // with its margin
	f(reported(30_000), usageOf(true, `"cost":0.00003`), header("0"))
	f(reported(30_000), usageOf(true, `"cost":0.00003`))
	for _, value := range []string{"0", "0.0", "None", "", "nan", "inf", "-1"} {
		f(genai.Cost{}, usageOf(false, `"prompt_tokens_details":null`), header(value))
	}
	f(genai.Cost{}, usageOf(true, `"cost":0`))
	f(genai.Cost{}, usageOf(true, `"cost":0.0,"is_byok":false`))
	f(genai.Cost{Source: genai.CostReported}, usageOf(false, `"cost":0.00003`), header("1e6"))
}

func TestCostOfOtherAPIs(t *testing.T) {
	usage := `{"input_tokens":5,"output_tokens":7,"num_server_side_tools_used":3,"cost_in_usd_ticks":318319000}`
	response := `{"id":"r","status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"x"}]}],"usage":` + usage + `}`
	require.Equal(t, reported(31_831_900), read(t, DecodeResponses, 200, `{"input":"x"}`, response).Cost)
	require.Equal(t, reported(31_831_900), read(t, DecodeResponses, 200, `{"input":"x","stream":true}`,
		events(`{"type":"response.completed","response":`+response+`}`)).Cost)
	require.Equal(t, genai.Cost{}, read(t, DecodeFetchResponse, 200, ``, response).Cost, "of what is fetched, the call that made it has the cost")

	embeddings := &genai.Call{ServerAddress: "openrouter.ai"}
	x := ok(`{"data":[{"embedding":[0.1]}],"model":"m","usage":{"prompt_tokens":8,"total_tokens":8,"cost":0.00000016}}`)
	require.NoError(t, DecodeEmbeddings(x, nil, embeddings))
	require.Equal(t, reported(160), embeddings.Cost)
}
