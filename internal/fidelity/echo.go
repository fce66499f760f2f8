package fidelity

import (
	"strings"
	"unicode/utf8"

	"github.com/llmtap/llmtap/internal/genai"
)

// How many letters and digits of a prompt are looked for in its echo: those of ASCII, which no tokenizer changes. Both are read so far
// only, as a prompt is read for each of its choices.
const (
	echoMin      = 8
	echoMax      = 32
	echoBytesMax = 1024
)

// echoIgnored judges choices by the beginnings of their prompts.
func echoIgnored(s *subject) result {
	if s.Operation != genai.OperationTextCompletion || s.Provider != genai.ProviderOpenAI || !s.d.Echoed {
		return notApplicable
	}
	if r := s.promise(true); r.verdict != Pass {
		return r
	}
	prompts := s.promptTexts()
	decided := undecidable
	for i := range s.d.Choices {
		c := &s.d.Choices[i]
		of := c.Index / max(1, s.d.ChoiceCount)
		if of >= len(prompts) || endOf(c) == endedRefused {
			continue
		}
		beginning, _ := lettersOf(prompts[of])
		if len(beginning) < echoMin {
			continue
		}
		switch letters, cut := lettersOf(c.Text); {
		case strings.HasPrefix(letters, beginning):
			decided = pass
		case !cut || !strings.HasPrefix(beginning, letters):
			return s.unlessUnseen(fail(c.Text)) // there may be several choices of each prompt
		}
	}
	return decided
}

// promptTexts gives the texts of the prompts; one that is tokens is empty.
func (s *subject) promptTexts() []string {
	doc, err := s.read(string(s.d.Prompt))
	if err != nil {
		return nil
	}
	list, isList := doc.value.([]any)
	if !isList {
		list = []any{doc.value}
	}
	texts := make([]string, len(list))
	for i := range list {
		texts[i], _ = list[i].(string)
	}
	return texts
}

// lettersOf gives the first letters and digits of a text. It is cut where the text has more than ASCII, or a mark of control tokens,
// which some echo and some do not, and at echoBytesMax.
func lettersOf(text string) (letters string, cut bool) {
	var found []byte
	for i := 0; i < len(text) && len(found) < echoMax; i++ {
		switch c := text[i]; {
		case i == echoBytesMax, c >= utf8.RuneSelf, strings.IndexByte("<>[]|{}", c) >= 0:
			return string(found), true
		case c|0x20-'a' <= 25 || c-'0' <= 9:
			found = append(found, c)
		}
	}
	return string(found), false
}
