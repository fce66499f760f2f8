package vllmsim

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"
)

// answer is one choice, planned before its first token is given out.
type answer struct {
	// pieces are what each generated token adds to the content or to the tool's arguments. A piece can be empty: a stop
	// string is generated and not shown.
	pieces []string
	finish string
	// stopReason is the stop string that ended the answer.
	stopReason string
	call       *toolCall
}

func (a answer) text() string { return strings.Join(a.pieces, "") }

// words are one token each. They avoid JSON's special characters, so that what a client shows is what was sent.
var words = strings.Fields(`a able about across after again all along also an and any are around as at back be because
been before being below between both but by call came can change close come could day did different do does done down
each early end enough even every far few find first follow for form found from full gave get give go good great had half
has have head help here high hold home how if in into is it its just keep kind know large last late left less let life
light like line list little live long look made make many may mean might more most move much must name near need never
new next night no not now number of off often old on once one only open or order other our out over own part place plan
point put read real right room run same say second see seem set several she should show side since small so some soon
state still such sure system take tell than that the their them then there these they thing think this those three time
to today together told too took turn two under until up use very wait walk want was water way we well went were what
when where which while who why will with word work world would write year yet you`)

// dice gives a source of chance that depends on the seed, on what was asked and on nothing else.
func dice(seed uint64, asked []byte, choice int) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write(asked)
	return rand.New(rand.NewPCG(seed, h.Sum64()+uint64(choice)))
}

// plan makes the answer of one choice.
func (s *Server) plan(req *chatRequest, rnd *rand.Rand) answer {
	limit := s.cfg.ModelLenMax - req.promptTokens()
	if n, limited := req.answerLimit(); limited {
		limit = min(n, limit)
	}
	if t, named, found := req.chosenTool(rnd.Float64() < s.cfg.ToolCallRate); found {
		return callTool(t, named, limit, rnd)
	}
	length := max(s.answerLength(rnd), req.MinTokens)
	if req.IgnoreEOS {
		length = math.MaxInt
	}
	a := answer{finish: "stop"}
	if length > limit {
		length, a.finish = limit, "length"
	}
	a.pieces = make([]string, length)
	for i := range a.pieces {
		a.pieces[i] = " " + words[rnd.IntN(len(words))]
	}
	a.pieces[0] = a.pieces[0][1:]
	a.cutAtStop(req.Stop)
	return a
}

// answerLength draws from a lognormal distribution whose mean is AnswerTokens.
func (s *Server) answerLength(rnd *rand.Rand) int {
	sigma := s.cfg.AnswerSpread
	x := float64(s.cfg.AnswerTokens) * math.Exp(sigma*rnd.NormFloat64()-sigma*sigma/2)
	return max(1, int(math.Round(min(x, float64(s.cfg.ModelLenMax)))))
}

// cutAtStop ends the answer before the first stop string. The token that completes the string counts as generated.
func (a *answer) cutAtStop(stops []string) {
	text, cut := a.text(), -1
	for _, stop := range stops {
		if at := strings.Index(text, stop); stop != "" && at >= 0 && (cut < 0 || at < cut) {
			cut, a.stopReason = at, stop
		}
	}
	if cut < 0 {
		return
	}
	a.finish = "stop"
	offset, end := 0, cut+len(a.stopReason)
	for i, piece := range a.pieces {
		a.pieces[i] = piece[:min(len(piece), max(0, cut-offset))]
		if offset += len(piece); offset >= end {
			a.pieces = a.pieces[:i+1]
			return
		}
	}
}

// callTool plans a call with arguments that obey the tool's schema as far as types and required properties go. Past the
// limit the arguments are cut, as a model's are.
func callTool(t tool, named bool, limit int, rnd *rand.Rand) answer {
	var schema map[string]any
	_ = json.Unmarshal(t.Function.Parameters, &schema)
	arguments, err := json.Marshal(example(schema, rnd, 0))
	if err != nil || schema == nil {
		arguments = []byte("{}")
	}
	a := answer{finish: "tool_calls", call: &toolCall{
		ID:       fmt.Sprintf("chatcmpl-tool-%016x%016x", rnd.Uint64(), rnd.Uint64()),
		Type:     "function",
		Function: functionCall{Name: t.Function.Name},
	}}
	if named {
		a.finish = "stop" // as OpenAI and vLLM do when the choice was not the model's
	}
	const bytesPerToken = 4
	for rest := string(arguments); rest != ""; {
		n := min(bytesPerToken, len(rest))
		for n < len(rest) && rest[n]&0xc0 == 0x80 { // a token ends between two characters
			n++
		}
		a.pieces, rest = append(a.pieces, rest[:n]), rest[n:]
	}
	if len(a.pieces) > limit {
		a.pieces, a.finish = a.pieces[:limit], "length"
	}
	return a
}

// schemaDepthMax bounds the nesting of generated arguments, in levels.
const schemaDepthMax = 8

// example makes a value for a JSON schema.
func example(schema map[string]any, rnd *rand.Rand, depth int) any {
	if options, ok := schema["enum"].([]any); ok && len(options) > 0 {
		return options[rnd.IntN(len(options))]
	}
	kind, _ := schema["type"].(string)
	switch kind {
	case "string":
		return words[rnd.IntN(len(words))]
	case "integer", "number":
		return rnd.IntN(100)
	case "boolean":
		return rnd.IntN(2) == 1
	case "array":
		return []any{}
	case "null":
		return nil
	}
	object := map[string]any{}
	properties, _ := schema["properties"].(map[string]any)
	required, _ := schema["required"].([]any)
	for _, name := range required {
		key, _ := name.(string)
		if sub, ok := properties[key].(map[string]any); ok && depth < schemaDepthMax {
			object[key] = example(sub, rnd, depth+1)
		}
	}
	return object
}
