package fidelity

// Class says what a failed check means.
type Class uint8

// The classes. A Violation breaks the API's contract or the request's explicit demand. A Suspicion is a heuristic. An
// Information is a difference that breaks no promise; it is noted and counted, nothing more.
const (
	Violation Class = iota + 1
	Suspicion
	Information
)

// String gives the class's letter.
func (c Class) String() string { return [...]string{"", "V", "S", "I"}[c] }

// Blame says who is at fault when a check fails.
type Blame string

// Who can be at fault. Server includes its parsers, templates and gateways.
const (
	Server    Blame = "server"
	Model     Blame = "model"
	Client    Blame = "client"
	Transport Blame = "transport"
)

// Item is what an application uses of an API; the scorecard has a line for each.
type Item string

// The items of the scorecard.
const (
	Stateful      Item = "stateful conversations"
	ToolCalling   Item = "tool calling"
	Structured    Item = "structured output"
	Streaming     Item = "streaming events"
	Multimodal    Item = "files and multimodal"
	Accounting    Item = "token accounting"
	Errors        Item = "errors and limits"
	OpenResponses Item = "Open Responses conformance"
)

// Verdict is what a check says of a call.
type Verdict uint8

// The verdicts, in the order of how much they say against a call.
const (
	NotApplicable Verdict = iota
	Pass
	Undecidable
	Fail
)

// Check is one promise.
type Check struct {
	ID    string
	Class Class
	Blame Blame
	Item  Item
	// Rule says in a sentence what is promised.
	Rule string
	test
}

// test is how a check decides.
type test struct {
	// of is what the check is about: a call that has none of these traits it does not concern.
	of trait
	// forFlaw tells that it is about a flaw that the decoder notes: an answer without any keeps its promise.
	forFlaw bool
	judge   func(*subject) result
}

func when(of trait, judge func(*subject) result) test { return test{of: of, judge: judge} }

// result is a verdict with what supports it.
type result struct {
	verdict Verdict
	// class is of this failure, where it differs from the check's.
	class Class
	// evidence may hold text of the call; it is kept only with content capture.
	evidence string
}

var (
	notApplicable = result{}
	pass          = result{verdict: Pass}
	undecidable   = result{verdict: Undecidable}
)

func fail(evidence string) result { return result{verdict: Fail, evidence: evidence} }

func failAs(class Class, evidence string) result {
	return result{verdict: Fail, class: class, evidence: evidence}
}

// failIf fails a promise that was broken and passes one that was kept.
func failIf(broken bool, evidence string) result {
	if broken {
		return fail(evidence)
	}
	return pass
}

// worse gives the result that says more against a call.
func worse(a, b result) result {
	if b.verdict > a.verdict || a.verdict == Fail && b.verdict == Fail && b.class < a.class {
		return b
	}
	return a
}
