package main

import (
	"flag"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
	"github.com/llmtap/llmtap/internal/freeport"
	"github.com/llmtap/llmtap/internal/genai"
)

func TestArguments(t *testing.T) {
	require.ErrorIs(t, run(t.Context(), []string{"-help"}, io.Discard, io.Discard), flag.ErrHelp)

	err := run(t.Context(), []string{"-url", "http://" + freeport.Address(t)}, io.Discard, io.Discard)
	require.ErrorContains(t, err, "is llmtap running?")
}

func TestStoreOfAnOlderVersion(t *testing.T) {
	address := "http://" + clickhouseembeddedtest.Start(t)
	err := run(t.Context(), []string{"-url", address}, io.Discard, io.Discard)
	require.ErrorContains(t, err, "an llmtap of its version adds that when it starts")

	put(t, address, toolCalls("vllm", 1))
	_, err = store{url: address}.ask(t.Context(), "DROP TABLE llmtap.unrecorded SYNC")
	require.NoError(t, err)
	var out strings.Builder
	err = run(t.Context(), []string{"-url", address}, &out, io.Discard)
	require.ErrorContains(t, err, "an llmtap of its version adds that when it starts")
	require.Contains(t, out.String(), "(unknown)", "the table of costs stands all the same")

	_, err = store{url: address}.ask(t.Context(), "SELEKT 1")
	require.ErrorContains(t, err, "ClickHouse answers")
	require.NotContains(t, err.Error(), "adds that")
}

// The table of costs is followed by how many calls of the period it lacks, if any.
func TestCostSaysHowManyCallsItLacks(t *testing.T) {
	address := "http://" + clickhouseembeddedtest.Start(t)
	cost := func() (table, below string) {
		t.Helper()
		var out strings.Builder
		require.NoError(t, run(t.Context(), []string{"-url", address, "-since", "1h"}, &out, &out))
		at := strings.LastIndex(out.String(), "┘\n")
		require.Positive(t, at, out.String())
		return out.String()[:at], out.String()[at+len("┘\n"):]
	}
	now, old := time.Now(), time.Now().Add(-2*time.Hour)
	put(t, address, toolCalls("vllm", 3), genai.Unrecorded{Upstream: "vllm", Reason: "queue_full", Calls: 9, First: old, Last: old})
	table, below := cost()
	require.Regexp(t, `\(unknown\) +│ +│ +3 │`, table)
	require.Empty(t, below)

	put(t, address, nil, genai.Unrecorded{Upstream: "vllm", Reason: "fault", Calls: 1, First: now, Last: now})
	_, below = cost()
	require.Equal(t, "1 call was passed on but not recorded (fault: 1)\n", below)

	put(t, address, toolCalls("other", 3),
		genai.Unrecorded{Upstream: "vllm", Reason: "queue_full", Calls: 8, First: old, Last: now},
		genai.Unrecorded{Upstream: "other", Reason: "queue_full", Calls: 3, First: now, Last: now})
	_, below = cost()
	require.Equal(t, "12 calls were passed on but not recorded (queue_full: 11, fault: 1)\n", below)
}
