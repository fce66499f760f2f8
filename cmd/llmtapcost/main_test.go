package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
	"github.com/llmtap/llmtap/internal/freeport"
	"github.com/llmtap/llmtap/internal/genai"
)

func TestArguments(t *testing.T) {
	require.ErrorIs(t, run(t.Context(), []string{"-help"}, io.Discard, io.Discard), flag.ErrHelp)

	err := run(t.Context(), []string{"-url", "http://" + freeport.Address(t)}, io.Discard, io.Discard)
	require.ErrorContains(t, err, "is llmtap running?")
	require.Less(t, len(err.Error()), 200, "it is for people to read")

	for want, args := range map[string][]string{
		"-url is no address":            {"-url", "127.0.0.1:8123"},
		"http://127.0.0.1:8123":         {"-url", "clickhouse://127.0.0.1:9000"},
		"-since -5h0m0s":                {"-since", "-5h"},
		"-since 0s":                     {"-since", "0s"},
		"-time-max 0s":                  {"-time-max", "0s"},
		"-calls -1":                     {"-calls", "-1"},
		`"yesterday" is not understood`: {"yesterday"},
		"-report bill":                  {"-report", "bill"},
	} {
		require.ErrorContains(t, run(t.Context(), args, io.Discard, io.Discard), want)
	}
	t.Setenv("CLICKHOUSE_PASSWORD", "s:ecret")
	for text, want := range map[string]string{
		"http://a:1/":      "http://a:1",
		"https://ada@a:1":  "https://ada:s%3Aecret@a:1",
		"http://ada:b@a:1": "http://ada:b@a:1",
	} {
		got, err := baseAddress(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

func TestWaitsForCallsNoLongerThanAsked(t *testing.T) {
	address := "http://" + clickhouseembeddedtest.Start(t)
	put(t, address, toolCalls("vllm", 2))
	err := run(t.Context(), []string{"-url", address, "-calls", "3", "-time-max", "1s"}, io.Discard, io.Discard)
	require.ErrorContains(t, err, "only 2 of 3 calls are stored")
	require.NotContains(t, err.Error(), "is llmtap running")
}

// While calls are waited for, which takes long where a store is slow at its first start, none gets too old to be counted.
func TestWaitingLeavesNoCallOut(t *testing.T) {
	asked := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	s := store{from: asked.Add(-6 * time.Second)}
	require.EqualValues(t, 6, s.seconds(asked))
	require.EqualValues(t, 36, s.seconds(asked.Add(29500*time.Millisecond)))
	require.Equal(t, asked.Unix(), store{}.seconds(asked))
}

func TestWaitingSaysHowFarItIs(t *testing.T) {
	address := "http://" + clickhouseembeddedtest.Start(t)
	put(t, address, toolCalls("vllm", 2))
	var said strings.Builder
	progress := writerFunc(func(text []byte) (int, error) {
		if said.Len() == 0 {
			put(t, address, toolCalls("vllm", 1))
		}
		return said.Write(text)
	})
	s := store{url: address, database: "llmtap", from: time.Now().Add(-24 * time.Hour)}
	require.NoError(t, s.await(t.Context(), 3, time.Millisecond, progress))
	require.True(t, strings.HasPrefix(said.String(), "llmtapcost: 2 of 3 calls are stored\n"), said.String())
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(text []byte) (int, error) { return f(text) }

// Whatever has a page at an address would else be printed as a report.
func TestPageOfAnotherIsNoReport(t *testing.T) {
	login := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>log in") }))
	t.Cleanup(login.Close)
	var out strings.Builder
	err := run(t.Context(), []string{"-url", login.URL}, &out, &out)
	require.ErrorContains(t, err, `is not ClickHouse's HTTP interface: 200 OK: "<html>log in"`)
	require.Empty(t, out.String())
}

func TestStoreThatDoesNotAnswerInTimeIsNoStoreThatIsNotThere(t *testing.T) {
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); <-r.Context().Done() }))
	t.Cleanup(slow.Close)
	err := run(t.Context(), []string{"-url", slow.URL, "-time-max", "50ms"}, io.Discard, io.Discard)
	require.EqualError(t, err, "ClickHouse has not answered: -time-max 50ms is over; give it more, or count less with -since")
	ctx, stop := context.WithCancelCause(t.Context())
	stop(errors.New("interrupt signal received"))
	err = run(ctx, []string{"-url", slow.URL}, io.Discard, io.Discard)
	require.EqualError(t, err, "ClickHouse has not answered: interrupt signal received")
}

// A user of dashboards may only read, and change settings by the URL alone.
func TestReportsAreForAUserWhoOnlyReads(t *testing.T) {
	address := clickhouseembeddedtest.Start(t, func(config *clickhouseembeddedextension.Config) { config.ReadonlyUsername = "dashboards" })
	put(t, "http://"+address, toolCalls("vllm", 2))
	for _, report := range []string{"cost", "scorecard"} {
		var out, said strings.Builder
		require.NoError(t, run(t.Context(), []string{"-url", "http://dashboards@" + address, "-report", report}, &out, &said))
		require.True(t, strings.HasPrefix(out.String(), "┌─u"), "without numbers of lines: %s", out.String())
		require.Empty(t, said.String())
	}
}

func TestNothingToReportIsSaid(t *testing.T) {
	address := "http://" + clickhouseembeddedtest.Start(t)
	put(t, address, nil, genai.Unrecorded{Upstream: "vllm", Reason: "queue_full", Calls: 9, First: time.Unix(1e9, 0), Last: time.Unix(1e9, 0)})
	var out, said strings.Builder
	require.NoError(t, run(t.Context(), []string{"-url", address, "-since", "24h"}, &out, &said))
	require.Empty(t, out.String())
	require.Equal(t, "llmtapcost: no calls in the last 24h0m0s to report on\n", said.String())
}

// The table adds up to all calls, whoever made them, and no name of a caller can break it.
func TestCostTableHoldsAllCalls(t *testing.T) {
	address := "http://" + clickhouseembeddedtest.Start(t)
	cost := func() (lines []string) {
		t.Helper()
		var out strings.Builder
		require.NoError(t, run(t.Context(), []string{"-url", address}, &out, &out))
		for line := range strings.SplitSeq(out.String(), "\n") {
			if cells := strings.Split(line, "│"); len(cells) > 1 {
				lines = append(lines, strings.Join(strings.Fields(strings.Join(cells, " ")), " "))
			}
		}
		return lines
	}
	calls := toolCalls("vllm", linesMax)
	for i := range calls {
		calls[i].Caller = genai.Caller{UserID: fmt.Sprintf("user %03d", i)}
		calls[i].Cost = genai.Cost{Amount: genai.NanoUSD(1000-i) * 1_000_000_000, Known: true}
	}
	calls[0].Caller.UserID = "a\x1b[31m\u202e\nb" + strings.Repeat("x", 240)
	calls[1].Caller.UserID = "Zoë O'Brien \"日本\""
	put(t, address, calls)
	lines := cost()
	require.Len(t, lines, linesMax)
	require.Equal(t, "a\uFFFD[31m\uFFFD\uFFFDb"+strings.Repeat("x", 240)+" 1 0 0 0 1000 0", strings.ReplaceAll(lines[0], "ᴺᵁᴸᴸ", "0"))
	require.Contains(t, lines[1], "Zoë O'Brien \"日本\" 1 ")
	require.Contains(t, lines[linesMax-1], "user 099 1 ")

	more := toolCalls("sglang", 2)
	more[1].Cost = genai.Cost{Amount: 5_500_000_000, Known: true}
	more[1].Caller.UserID = "poor"
	put(t, address, more)
	lines = cost()
	require.Len(t, lines, linesMax)
	require.Equal(t, "(3 others) 3 0 0 0 906.5 1", strings.ReplaceAll(lines[linesMax-1], "ᴺᵁᴸᴸ", "0"))
}

// What calls without a known price cost is unknown, also beside calls that cost nothing.
func TestUnknownCostIsNoZero(t *testing.T) {
	address := "http://" + clickhouseembeddedtest.Start(t)
	calls := toolCalls("vllm", 3)
	calls[0].Outcome, calls[0].Cost = genai.OutcomeRefused, genai.Cost{Known: true}
	put(t, address, calls)
	var out strings.Builder
	require.NoError(t, run(t.Context(), []string{"-url", address}, &out, &out))
	require.Regexp(t, `ᴺᵁᴸᴸ +│ +2 │\n`, out.String())
}

func TestReportsAreOfTheDatabaseNamed(t *testing.T) {
	address := "http://" + clickhouseembeddedtest.Start(t)
	put(t, address, toolCalls("vllm", 3))
	for _, statement := range []string{
		"CREATE DATABASE other", "CREATE TABLE other.calls AS llmtap.calls", "CREATE TABLE other.unrecorded AS llmtap.unrecorded",
		"INSERT INTO other.calls SELECT * FROM llmtap.calls LIMIT 2",
	} {
		_, err := store{url: address, database: "llmtap"}.ask(t.Context(), statement)
		require.NoError(t, err)
	}
	for report, want := range map[string]string{"cost": `\(unknown\) +│ +│ +2 │`, "scorecard": "vllm"} {
		var out strings.Builder
		require.NoError(t, run(t.Context(), []string{"-url", address, "-database", "other", "-report", report, "-calls", "2"}, &out, &out))
		require.Regexp(t, want, out.String())
	}
	err := run(t.Context(), []string{"-url", address, "-database", "none"}, io.Discard, io.Discard)
	require.ErrorContains(t, err, "database none lacks what this llmtapcost asks for")
}

func TestStoreOfAnOlderVersion(t *testing.T) {
	address := "http://" + clickhouseembeddedtest.Start(t)
	err := run(t.Context(), []string{"-url", address}, io.Discard, io.Discard)
	require.ErrorContains(t, err, "an llmtap of its version adds that when it starts")

	put(t, address, toolCalls("vllm", 1))
	_, err = store{url: address, database: "llmtap"}.ask(t.Context(), "DROP TABLE unrecorded SYNC")
	require.NoError(t, err)
	var out strings.Builder
	err = run(t.Context(), []string{"-url", address}, &out, io.Discard)
	require.ErrorContains(t, err, "an llmtap of its version adds that when it starts")
	require.Contains(t, out.String(), "(unknown)", "the table of costs stands all the same")

	_, err = store{url: address, database: "llmtap"}.ask(t.Context(), "SELEKT 1")
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

	put(t, address, nil, genai.Unrecorded{Upstream: "vllm", Reason: "fault\x1b[2J", Calls: 1, First: now, Last: now})
	_, below = cost()
	require.Equal(t, "1 call was passed on but not recorded (fault\uFFFD[2J: 1)\n", below)

	put(t, address, toolCalls("other", 3),
		genai.Unrecorded{Upstream: "vllm", Reason: "queue_full", Calls: 8, First: old, Last: now},
		genai.Unrecorded{Upstream: "other", Reason: "queue_full", Calls: 3, First: now, Last: now})
	_, below = cost()
	require.Equal(t, "12 calls were passed on but not recorded (queue_full: 11, fault\uFFFD[2J: 1)\n", below)
}
