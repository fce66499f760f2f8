package genai

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
)

func TestHistoryText(t *testing.T) {
	hashes := []uint64{1, 2, 3, 4, 5, 6, 7, 1<<64 - 1}
	for _, h := range []*History{
		{},
		{Answers: 1, Root: 2, Whole: 3, Tail: 4},
		{Answers: indexMax, Root: 1 << 63, Wholes: hashes, Tails: hashes[:1]},
	} {
		require.Equal(t, h, readHistory(pcommon.NewValueStr(h.text())))
	}
	for _, bad := range []string{
		"", "x", "1;2;3", "1;2;3;4;x;", "1;2;3;4;5;6;7", "-1;2;3;4;;", "1;2;3;4;" + strings.Repeat("1,", HistoryAnswersMax) + "1;",
	} {
		require.Nil(t, readHistory(pcommon.NewValueStr(bad)), bad)
	}
	require.Nil(t, readHistory(pcommon.NewValueInt(1)))
}
