package openai

import (
	"bytes"
	"strings"

	"github.com/llmtap/llmtap/internal/genai"
)

// responsesForm watches whether the events of a response come in the form that the API defines. It is the only place
// where that is looked at; see genai.Flaw for what it notes.
type responsesForm struct {
	flaws     genai.Flaws
	events    int64
	begun     bool // an event came that says something
	terminals int
	failed    bool // response.failed came
	errors    bool // an error event came
	open      []openForm
	unplaced  int // items that came without an index
}

// event takes in an event that e was read from. untyped tells that it is an error without a type.
func (f *responsesForm) event(name []byte, e *responseEvent, untyped bool) {
	if untyped {
		f.flaws.Add(genai.FlawErrorUntyped)
		return
	}
	f.order(name, e)
	kind, ok := strings.CutPrefix(eventName(e.kind), "response.")
	if !ok {
		f.errors = f.errors || string(e.kind) == "error"
		return
	}
	subject, verb := kind, ""
	if i := strings.LastIndexByte(kind, '.'); i >= 0 {
		subject, verb = kind[:i], kind[i+1:]
	}
	switch {
	case verb == "":
		f.whole(kind, e)
	case subject == "output_item":
		f.item(verb, e)
	default:
		form := subjectForms[subject]
		f.place(subject, form, e)
		f.inside(subject, verb, form, e)
	}
}

// keepAlive is an event that OpenAI sends while nothing else is there to send, also at the beginning. It has a number.
const keepAlive = "keepalive"

// order judges what all events have: name, type and number.
func (f *responsesForm) order(name []byte, e *responseEvent) {
	f.flaws.AddIf(!bytes.Equal(name, e.kind), genai.FlawEventNameDiffers)
	f.flaws.AddIf(!e.hasType && string(e.kind) != "error", genai.FlawNullField)
	if string(e.kind) != keepAlive {
		f.flaws.AddIf(!f.begun && string(e.kind) != "response.created", genai.FlawFirstNotCreated)
		f.begun = true
	}
	f.flaws.AddIf(!e.hasSequence, genai.FlawNoSequence)
	f.flaws.AddIf(e.hasSequence && e.sequence != f.events, genai.FlawSequenceGap)
	f.flaws.AddIf(f.terminals > 0, genai.FlawAfterTerminal)
	f.flaws.AddIf(!isKnownEvent(e.kind), genai.FlawUnknownEvent)
	f.events++
}

// whole takes in an event of the whole response.
func (f *responsesForm) whole(kind string, e *responseEvent) {
	switch kind {
	case "completed", "incomplete", "failed":
		f.terminals++
		f.failed = f.failed || kind == "failed"
	}
	// Clients add items to the output of the first event.
	f.flaws.AddIf(!e.hasResponse || kind == "created" && !e.hasOutput, genai.FlawNullField)
}

func (f *responsesForm) item(verb string, e *responseEvent) {
	f.flaws.AddIf(e.output == noIndex, genai.FlawNoOutputIndex)
	f.flaws.AddIf(!e.hasItem, genai.FlawNullField)
	switch verb {
	case "added":
		f.add(openForm{output: f.newOutput(e), id: e.item.id, callID: e.item.callID, name: e.item.name})
	case "done":
		output := f.output(e)
		i := f.find(output, "", 0)
		if i < 0 {
			f.flaws.Add(genai.FlawDoneNotAdded)
			return
		}
		it := &f.open[i]
		f.flaws.AddIf(it.id != e.item.id, genai.FlawItemIDChanges)
		if e.item.kind == "function_call" {
			f.flaws.AddIf(!sameName(it.callID, e.item.callID) || !sameName(it.name, e.item.name), genai.FlawDoneNotAdded)
			f.flaws.AddIf(it.settled&ofArguments == 0, genai.FlawNoArgumentsDone)
		}
		f.flaws.AddIf(it.deltas&^it.settled&(ofReasoning|ofSummary) != 0, genai.FlawNoReasoningDone)
		f.closeItem(output)
	}
}

// place judges where an event of an item says it belongs.
func (f *responsesForm) place(subject string, form subjectForm, e *responseEvent) {
	if strings.HasPrefix(subject, "audio") {
		return
	}
	f.flaws.AddIf(e.output == noIndex, genai.FlawNoOutputIndex)
	f.flaws.AddIf(len(e.itemID) == 0 && !form.itemless, genai.FlawNoItemID)
	f.flaws.AddIf(form.inContent && !e.hasContent, genai.FlawNoContentIndex)
}

// inside takes in an event of something inside an item.
func (f *responsesForm) inside(subject, verb string, form subjectForm, e *responseEvent) {
	f.flaws.AddIf(verb == "delta" && !e.hasDelta || verb == "done" && form.repeats && !e.hasDone, genai.FlawNullField)
	f.flaws.AddIf(!e.hasPart && strings.HasSuffix(subject, "_part"), genai.FlawNullField)
	output, place := f.output(e), e.content
	if strings.HasPrefix(subject, "reasoning_summary") {
		place = e.summary
	}
	switch {
	case strings.HasSuffix(subject, "_part") && verb == "added":
		f.add(openForm{output: output, part: subject, place: place})
	case strings.HasSuffix(subject, "_part") && verb == "done":
		i := f.find(output, subject, place)
		f.flaws.AddIf(i < 0, genai.FlawDoneNotAdded)
		f.remove(i)
	default:
		f.piece(output, verb, form.settles, e)
		f.flaws.AddIf(f.find(output, "", 0) < 0 && !strings.HasPrefix(subject, "audio"), genai.FlawDoneNotAdded)
	}
}

func (f *responsesForm) piece(output int, verb string, of subjects, e *responseEvent) {
	i := f.find(output, "", 0)
	if i < 0 {
		return
	}
	it := &f.open[i]
	f.flaws.AddIf(len(e.itemID) > 0 && it.id != "" && string(e.itemID) != it.id, genai.FlawItemIDChanges)
	switch verb {
	case "delta":
		it.deltas |= of
	case "done":
		it.settled |= of
	}
}

// end judges what is missing at the end of the stream.
func (f *responsesForm) end() {
	f.flaws.AddIf(f.terminals != 1, genai.FlawTerminalCount)
	f.flaws.AddIf(f.errors && !f.failed, genai.FlawErrorWithoutFailed)
	if f.failed || f.errors {
		return
	}
	for i := range f.open {
		f.flaws.AddIf(f.open[i].part == "", genai.FlawItemNotDone)
		f.flaws.AddIf(f.open[i].part != "", genai.FlawPartNotDone)
	}
}

// isKnownEvent tells whether a type is one of OpenAI's, or has a vendor's prefix like vendor:type.
func isKnownEvent(kind []byte) bool {
	return knownEvents[string(kind)] != "" || bytes.IndexByte(kind, ':') > 0
}

// eventName gives an event's type as a string, without an allocation for those that are known.
func eventName(kind []byte) string {
	if name := knownEvents[string(kind)]; name != "" {
		return name
	}
	return string(kind)
}

// subjectForm is what the events of a subject have, in OpenAI's API.
type subjectForm struct {
	verbs     string
	inContent bool // a content_index
	itemless  bool // no item_id
	repeats   bool // the whole text in the done event
	settles   subjects
}

var subjectForms = map[string]subjectForm{
	"output_item":                     {verbs: "added done"},
	"content_part":                    {verbs: "added done", inContent: true},
	"output_text":                     {verbs: "delta done", inContent: true, repeats: true},
	"output_text.annotation":          {verbs: "added", inContent: true},
	"refusal":                         {verbs: "delta done", inContent: true, repeats: true},
	"function_call_arguments":         {verbs: "delta done", repeats: true, settles: ofArguments},
	"custom_tool_call_input":          {verbs: "delta done", repeats: true},
	"reasoning_text":                  {verbs: "delta done", inContent: true, repeats: true, settles: ofReasoning},
	"reasoning_summary_part":          {verbs: "added done"},
	"reasoning_summary_text":          {verbs: "delta done", repeats: true, settles: ofSummary},
	"audio":                           {verbs: "delta done"},
	"audio.transcript":                {verbs: "delta done"},
	"web_search_call":                 {verbs: "in_progress searching completed"},
	"file_search_call":                {verbs: "in_progress searching completed"},
	"code_interpreter_call":           {verbs: "in_progress interpreting completed"},
	"code_interpreter_call_code":      {verbs: "delta done"},
	"compaction":                      {verbs: "compacting"},
	"image_generation_call":           {verbs: "in_progress generating partial_image completed"},
	"mcp_call_arguments":              {verbs: "delta done"},
	"mcp_call":                        {verbs: "in_progress completed failed"},
	"mcp_list_tools":                  {verbs: "in_progress completed failed"},
	"shell_call_command":              {verbs: "added delta done", itemless: true},
	"shell_call_output_content":       {verbs: "delta done"},
	"apply_patch_call_operation_diff": {verbs: "delta done", itemless: true},
}

// subjects is a set of those of which item looks at what deltas brought and whether it was settled.
type subjects uint8

const (
	ofArguments subjects = 1 << iota
	ofReasoning
	ofSummary
)

// knownEvents has OpenAI's types, each under itself.
var knownEvents = func() map[string]string {
	known := map[string]string{"error": "error", keepAlive: keepAlive}
	add := func(prefix, verbs string) {
		for verb := range strings.FieldsSeq(verbs) {
			name := "response." + prefix + verb
			known[name] = name
		}
	}
	add("", "created queued in_progress completed failed incomplete")
	for subject, form := range subjectForms {
		add(subject+".", form.verbs)
	}
	return known
}()
