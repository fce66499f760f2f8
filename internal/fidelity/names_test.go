package fidelity

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

func TestPlacesAreTheSameInOrder(t *testing.T) {
	names := []string{"a", "b", "a", ""}
	var p places
	find := func(name string) int { return p.find(name, len(names), func(i int) string { return names[i] }) }
	for range 2 * lookedThrough {
		require.Equal(t, 0, find("a"))
		require.Equal(t, 1, find("b"))
		require.Equal(t, 3, find(""))
		require.Equal(t, -1, find("c"))
	}
	require.Len(t, p.at, 3)
}

func TestOfferedNamesAreNormalisedOnce(t *testing.T) {
	c := manyCalls(4, 1000, `{}`)
	c.Detail.Tools, c.ToolsOffered = nil, 0
	for i := range 1024 {
		c.Detail.Tools = append(c.Detail.Tools, genai.Tool{Name: fmt.Sprintf("A_%d", i)})
	}
	s := subjectOf(c)
	allocations := testing.AllocsPerRun(1, func() {
		s.known = known{}
		require.Equal(t, Fail, nameNotOffered(s).verdict)
	})
	require.Less(t, allocations, float64(1024*4+4000*4))
	c.Detail.Choices[3].ToolCalls[999].Name = "a-1023"
	require.Equal(t, fail("weather"), nameNotOffered(subjectOf(c)))
	c.Detail.Choices = c.Detail.Choices[3:]
	c.Detail.Choices[0].ToolCalls = c.Detail.Choices[0].ToolCalls[999:]
	require.Equal(t, failAs(Information, "a-1023"), nameNotOffered(subjectOf(c)))
}

func TestAllowedNamesAreNormalisedOnce(t *testing.T) {
	c := manyCalls(1, 1000, `{}`)
	c.Detail.ToolChoice = genai.ToolChoice{Mode: "allowed"}
	for i := range 1023 {
		c.Detail.ToolChoice.Names = append(c.Detail.ToolChoice.Names, fmt.Sprintf("A_%d", i))
	}
	require.Equal(t, fail("weather"), allowedTools(subjectOf(c)))
	c.Detail.ToolChoice.Names = append(c.Detail.ToolChoice.Names, "Weather")
	s := subjectOf(c)
	allocations := testing.AllocsPerRun(1, func() {
		s.known = known{}
		require.Equal(t, pass, allowedTools(s))
	})
	require.Less(t, allocations, float64(1024*4+1000*2))
}

// Servers change case and punctuation in names, and nothing else.
func TestAlmostTheSameName(t *testing.T) {
	f := func(offered, called string, want bool) {
		t.Helper()
		names := nameSet{}
		names.add(offered)
		require.Equal(t, want, names.has(called))
	}
	f("get-weather", "functions.Get_Weather", true)
	f("get-weather", "get-weathers", false)
	f("天气", "时钟", false)
	f("天气", "functions.天气", true)
	f("get_天气", "get_时钟", false)
	f("--", "__", false)
	f("weather", "", false)
}

func TestRepeatedIDs(t *testing.T) {
	for _, n := range []int{2, lookedThrough, lookedThrough + 1, 1024} {
		calls := make([]genai.ToolCall, n)
		require.Empty(t, repeatedID(calls))
		for i := range calls {
			calls[i].ID = fmt.Sprint(i)
		}
		require.Empty(t, repeatedID(calls))
		calls[n-1].ID = "0"
		require.Equal(t, "0", repeatedID(calls))
	}
}

// Of so many earlier calls that not all are known, none is unknown.
func TestCallsOfLongConversations(t *testing.T) {
	f := func(calls int, want Verdict) {
		t.Helper()
		d := &genai.Detail{TurnResultIDs: []string{"other"}}
		for i := range calls {
			d.TurnCallIDs = append(d.TurnCallIDs, strconv.Itoa(i))
		}
		s := &subject{Call: &genai.Call{Detail: d}, d: d}
		require.Equal(t, want, resultUnknownCallID(s).verdict)
	}
	f(genai.TurnIDsMax-1, Fail)
	f(genai.TurnIDsMax, Undecidable)
}
