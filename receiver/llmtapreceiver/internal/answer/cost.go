package answer

import (
	"strings"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// costMax bounds what a server may say that one call cost: 1,000 dollars. More is no cost of a real call.
const costMax genai.NanoUSD = 1000 * 1e9

// ticksPerUSD are the units that xAI counts in.
const ticksPerUSD = 1e10

// Cost is what the usage of an answer says that the call cost, in units of 1e-9 US dollars. Null and what can be no cost change nothing,
// so that the last value of each part in a stream wins.
type Cost struct {
	charged genai.Count
	// ofHost is what the model's host charges besides, where the gateway used a key of the caller's.
	ofHost genai.Count
	ownKey bool
	// inUSD tells that these are dollars. A bare cost need not be: some gateways have it in the currency of their country.
	inUSD bool
}

// Read reads a member of usage. Those that tell nothing of the cost it leaves.
func (c *Cost) Read(key []byte, r *jsonscan.Reader) {
	switch string(key) {
	case "cost": // OpenRouter, Vercel's gateway, LiteLLM's streams
		if r.Kind() == jsonscan.Object {
			c.readItems(r)
			return
		}
		readAmount(&c.charged, r, 1)
	case "estimated_cost": // DeepInfra
		c.inUSD = readAmount(&c.charged, r, 1) || c.inUSD
	case "cost_in_usd_ticks": // xAI
		c.inUSD = readAmount(&c.charged, r, ticksPerUSD) || c.inUSD
	case "cost_details": // OpenRouter's and Vercel's, whose cost is only their own fee where the key was the caller's
		c.inUSD = true
		for range r.Named("upstream_inference_cost") {
			readAmount(&c.ofHost, r, 1)
		}
	case "is_byok":
		if own, ok := r.Bool(); ok {
			c.ownKey, c.inUSD = own, true
		}
	}
}

// readItems reads a cost that stands item by item, as Perplexity's does.
func (c *Cost) readItems(r *jsonscan.Reader) {
	var total genai.Count
	inUSD := true
	for key := range r.Object {
		switch string(key) {
		case "total_cost":
			readAmount(&total, r, 1)
		case "currency":
			inUSD = string(r.Text()) == "USD"
		}
	}
	if total.Known && inUSD {
		c.charged, c.inUSD = total, true
	}
}

// readAmount reads an amount of which so many units are a dollar. One that is over costMax stays over it, however large it is.
func readAmount(amount *genai.Count, r *jsonscan.Reader, perUSD float64) bool {
	units, ok := r.Float()
	if ok = ok && units >= 0; ok {
		*amount = genai.Known(int64(genai.NanoUSDFrom(min(units/perUSD, costMax.USD()+1))))
	}
	return ok
}

// total is what the call cost in all.
func (c *Cost) total() genai.Count {
	if !c.ownKey {
		return c.charged
	}
	return genai.Count{N: c.charged.N + c.ofHost.N, Known: c.charged.Known && c.ofHost.Known}
}

// putCost writes what the server says that the call cost. Of what can be none there is only that it was said. An answer that broke off is
// not free: streams may begin with a cost of 0.
func (a *Answer) putCost(answer *exchange.Message, call *genai.Call) {
	ofLiteLLM := len(answer.Get("x-litellm-call-id")) > 0
	if !ofLiteLLM && !a.Cost.charged.Known {
		return
	}
	inUSD := a.Cost.inUSD || ofLiteLLM || strings.HasSuffix("."+call.ServerAddress, ".openrouter.ai")
	cost := a.Cost.total()
	var ofHead genai.Count // what LiteLLM's callers pay, whatever the body says of its upstream
	head := jsonscan.New(answer.Get("x-litellm-response-cost"))
	if readAmount(&ofHead, &head, 1); ofHead.N > 0 {
		cost, inUSD = ofHead, true
	}
	unpriced := cost.N == 0 && (ofLiteLLM || !a.Ended) // LiteLLM says 0 where it has no price
	if !cost.Known || !inUSD || unpriced || call.Operation.NoModelWork() {
		return
	}
	call.Cost.Source = genai.CostReported
	if amount := genai.NanoUSD(cost.N); amount <= costMax {
		call.Cost.Amount, call.Cost.Known = amount, true
	}
}
