package genai

import (
	"cmp"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// foreign gathers what a span says in other names than PutSpan writes: those of older conventions and of SDKs. What the conventions'
// present names say goes before it.
type foreign struct {
	// call has what fields have names for, the provider in words of the dialect.
	call Call
	// spoken tells that the span has names of a dialect; the conventions' need not say all of it.
	spoken bool
	// model is the only model name that the dialect has.
	model string
	// langChainProvider is what LangChain tells of it, where nothing else does.
	langChainProvider string
	// choices are the finish reasons, messageReasons those among the messages.
	choices, messageReasons []indexed
	// toolCalls are those of flattened attributes, toolParts those among the parts of messages, aiSDKToolCalls the AI SDK's, answerCalls
	// those in answers of other forms.
	toolCalls, toolParts, aiSDKToolCalls, answerCalls []indexed
	// counts tells that the request was to count tokens.
	counts bool
	// user is that of the request, among its parameters.
	user string
	// otherKind tells that the span does not say of itself that it is a model call, noCall that it is none.
	otherKind, noCall bool
	// braintrustTokens tells that Braintrust's metrics have tokens of a request and its answer: not all of its spans of calls say more.
	braintrustTokens bool
	// duplicate tells that another span counts the call, failed that the call did.
	duplicate, failed bool
	// hermes tells that the span is one of hermes-otel's.
	hermes bool
	// promptfooTotal are the tokens of an answer, kept or not.
	promptfooTotal Count
	// langSmith tells whose span it is: its status is OK also of calls that failed.
	langSmith bool
	// answer is the answer's JSON, as OpenInference keeps it, langfuseOutput as Langfuse does.
	answer, langfuseOutput string
	// firstChunk is when the answer began.
	firstChunk time.Time
	// firstToken is OpenLIT's time to the first token. It has one of answers that are no streams too: their whole time.
	firstToken time.Duration
	logfire    logfire
	genkit     genkit
	plain      plain
	agento11y  agento11y
	zeroClaw   zeroClaw
	counting
}

// dialect has how the attributes are read that instrumentations have names of their own for, by the whole name. A name for just what a
// field says, in the same form, is in otherNames; one of which a part is a number or any word is of readFamily, and one that spans of
// any kind may have of commonNames.
type dialect map[string]func(*foreign, pcommon.Value)

// dialects are those of which a name tells that the span is one.
var dialects = []dialect{
	aiSDKNames, agento11yNames, braintrustNames, genAINames, genkitNames, kindNames, langfuseNames, langSmithNames, langWatchNames,
	llmNames, loneNames, mlflowNames, plainNames, trueFoundryNames,
}

// readFamily takes an attribute by what its name begins with.
func (f *foreign) readFamily(name string, v pcommon.Value) {
	switch space, rest, _ := strings.Cut(name, "."); {
	case space == "gen_ai", space == "llm":
		f.spoken = f.readIndexed(rest, v) || f.spoken
	case space == "hermes":
		f.hermes = true
	case space == "zeroclaw": // its span of a turn sums the calls, which have spans of their own
		f.otherKind, f.zeroClaw.is, f.spoken = true, true, true
	case strings.HasPrefix(name, "agento11y.framework."), strings.HasPrefix(name, "sigil.framework."):
		f.agento11y.framework, f.spoken = true, true
	case strings.HasPrefix(name, "anthropic.session."), // a request that asks for no answer may name a model, too
		strings.HasPrefix(name, "vercel.ai_gateway.attempt."): // one of those at one provider after the other, which say no tokens
		f.otherKind, f.spoken = true, true
	case strings.HasPrefix(name, "openclaw.tokens."): // its span of a run sums the calls, which have spans of their own
		f.noCall = true
	}
}

// What several dialects say.

func (f *foreign) readOtherKind(pcommon.Value) { f.otherKind = true }

func (f *foreign) readModel(v pcommon.Value) { f.model = v.Str() }

func (f *foreign) readProvider(v pcommon.Value) { f.call.Provider = cmp.Or(f.call.Provider, v.Str()) }

func (f *foreign) readAddress(v pcommon.Value) {
	f.call.ServerAddress, f.call.ServerPort = hostOf(v.Str())
}

func (f *foreign) readTurn(v pcommon.Value) { f.call.Turn = max(f.call.Turn, lengthOf(v)) }

func (f *foreign) readTools(v pcommon.Value) { f.offerTools(lengthOf(v)) }

func (f *foreign) offerTools(n int) { f.call.ToolsOffered = max(f.call.ToolsOffered, n) }

func (f *foreign) readChoice(v pcommon.Value) { f.choices = append(f.choices, indexed{text: v.Str()}) }

// addChoice takes the finish reason of an answer by its number; an empty one is none.
func (f *foreign) addChoice(at int, reason string) {
	if reason != "" {
		f.choices = append(f.choices, indexed{[2]int{at}, reason})
	}
}

func (f *foreign) readTotal(v pcommon.Value) { f.total = readCount(v) }

func (f *foreign) readFirstToken(v pcommon.Value) { f.firstToken = readSeconds(v) }

// readFirstChunk takes when the answer began. A time that cannot be read is not known.
func (f *foreign) readFirstChunk(v pcommon.Value) {
	f.firstChunk, _ = time.Parse(time.RFC3339Nano, unquoted(v))
}

func (f *foreign) readStreamStart(v pcommon.Value) {
	f.readFirstChunk(v)
	f.call.Stream = true
}

func (f *foreign) readMillis(v pcommon.Value) { f.call.TimeToFirstChunk = readMillis(v) }

// readStreamSeconds and readStreamMillis take the time to the first chunk from those that say it of streams alone.
func (f *foreign) readStreamSeconds(v pcommon.Value) {
	f.call.TimeToFirstChunk, f.call.Stream = readSeconds(v), true
}

func (f *foreign) readStreamMillis(v pcommon.Value) {
	f.call.TimeToFirstChunk, f.call.Stream = readMillis(v), true
}
