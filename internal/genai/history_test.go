package genai

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

func TestHistoryText(t *testing.T) {
	hashes := []uint64{1, 2, 3, 4, 5, 6, 7, 1<<64 - 1}
	for _, h := range []*History{
		{},
		{Answers: 1, Root: 2, Whole: 3, Tail: 4},
		{Answers: indexMax, Root: 1 << 63, Wholes: hashes, Tails: hashes[:1]},
	} {
		require.Equal(t, h, readHistory(new(Call), pcommon.NewValueStr(h.text())))
	}
	for _, bad := range []string{
		"", "x", "1;2;3", "1;2;3;4;x;", "1;2;3;4;5;6;7", "-1;2;3;4;;",
		"1;" + strings.Repeat("f", 17) + ";3;4;;", "1;2;3;4;5,;", "1;2;3;4;5", "1;2;3;4;" + strings.Repeat("1,", HistoryAnswersMax) + "1;",
	} {
		require.Nil(t, readHistory(new(Call), pcommon.NewValueStr(bad)), bad)
	}
	require.Nil(t, readHistory(new(Call), pcommon.NewValueInt(1)))
}

// A call that reuses memory reads the same as a fresh one.
func TestReuse(t *testing.T) {
	var reused Call
	reused.Reuse()
	for i := range 3 {
		h := &History{Answers: i, Root: 2, Whole: 3, Tail: 4}
		for j := range i {
			h.Wholes, h.Tails = append(h.Wholes, uint64(j)), append(h.Tails, uint64(i+j))
		}
		call := Call{Operation: OperationChat, Outcome: OutcomeOK, History: h}
		for j := range i * hintsTypical {
			call.SetHint(AttrCallerBodyPrefix+strconv.Itoa(j), strconv.Itoa(i))
			call.FinishReasons = append(call.FinishReasons, strconv.Itoa(i))
			call.Fidelity.Applicable = append(call.Fidelity.Applicable, strconv.Itoa(j))
		}
		span := ptrace.NewSpan()
		PutSpan(&call, span)
		var fresh Call
		require.True(t, ReadSpan(span, &fresh))
		require.True(t, ReadSpan(span, &reused))
		got := reused
		got.space = nil
		require.Equal(t, fresh.Caller.Hints, got.Caller.Hints)
		require.Equal(t, fresh.History.text(), got.History.text())
		got.Caller, got.History, fresh.Caller, fresh.History = Caller{}, nil, Caller{}, nil
		require.Equal(t, fresh, got)
	}
}
