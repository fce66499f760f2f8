package sse

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// encode writes events as a server would: with the line end given, a comment and a control record in between.
func encode(events []event, lineEnd string, space string) []byte {
	var out bytes.Buffer
	for i, e := range events {
		if i%2 == 1 {
			out.WriteString(": keep-alive" + lineEnd + lineEnd + "retry: 10" + lineEnd + "id" + lineEnd + lineEnd)
		}
		if e.name != "" {
			out.WriteString("event:" + space + e.name + lineEnd)
		}
		for line := range strings.SplitSeq(e.data, "\n") {
			out.WriteString("data:" + space + line + lineEnd)
		}
		out.WriteString(lineEnd)
	}
	return out.Bytes()
}

type event struct {
	name, data string
	end        int64
	err        error
}

// scan reads all events of a stream.
func scan(s *Scanner) (events []event) {
	for e, err := s.Next(); err != io.EOF; e, err = s.Next() {
		events = append(events, event{string(e.Name), string(e.Data), e.End, err})
	}
	return events
}

func withoutEnds(events []event) []event {
	out := append([]event(nil), events...)
	for i := range out {
		out[i].end = 0
	}
	return out
}

var sent = []event{
	{data: `{"a":1}`}, {name: "error", data: "two\nlines"}, {data: "日本語 €"}, {data: ""}, {name: "x", data: "a\n\nb"}, {data: "[DONE]"},
}

func TestAnyLineEndWithAndWithoutSpace(t *testing.T) {
	for _, lineEnd := range []string{"\n", "\r\n", "\r"} {
		for _, space := range []string{"", " "} {
			stream := encode(sent, lineEnd, space)
			require.Equal(t, sent, withoutEnds(scan(NewScanner(stream, 100))), "%q", stream)
		}
	}
}

func TestEveryPrefixGivesABeginning(t *testing.T) {
	stream := encode(sent, "\r\n", " ")
	whole := scan(NewScanner(stream, 100))
	for i := range stream {
		got := scan(NewScanner(stream[:i], 100))
		for n, e := range got {
			if n < len(got)-1 {
				require.Equal(t, whole[n], e)
			} else {
				require.True(t, strings.HasPrefix(whole[n].data, e.data), "%q of %q", e.data, whole[n].data)
			}
		}
	}
}

func TestFields(t *testing.T) {
	f := func(stream string, want ...string) {
		t.Helper()
		var got []string
		for _, e := range scan(NewScanner([]byte(stream), 100)) {
			require.NoError(t, e.err)
			got = append(got, e.name+"|"+e.data)
		}
		require.Equal(t, want, got)
	}
	f("data: a\n\n", "|a")
	f("data:  a \n\n", "| a ")
	f("data\n\n", "|")
	f("data:\ndata:\n\n", "|\n")
	f("data: a:b\n\n", "|a:b")
	f("Data: a\nfoo: b\n: c\ndata: d\n\n", "|d")
	f("event: a\nevent: b\ndata: c\n\ndata: d\n\n", "b|c", "|d")
	f("event: only\n\nid: 1\n\nretry: 2\n\n")
	f("data: [DONE]", "|[DONE]")
	f("data: a\n\ndata: [DONE]\n", "|a", "|[DONE]")
	f("\ufeffdata: a\n\n\ufeffdata: b\n\n", "|a")
	f("data: a\n\nerror: {\"x\":1}\n\nerror: b\n\n", "|a", "error|{\"x\":1}")
	f("\ufeff")
	f("")
	f("\n\n\r\n\r")
}

func TestEndIsWhereTheEventIsComplete(t *testing.T) {
	f := func(stream string, want ...int64) {
		t.Helper()
		var got []int64
		for _, e := range scan(NewScanner([]byte(stream), 100)) {
			got = append(got, e.end)
		}
		require.Equal(t, want, got)
	}
	f("data: a\n\ndata: b\n\n", 9, 18)
	f("data: a\r\n\r\ndata: b\r\n\r\n", 10, 21)
	f("data: a\n\ndata: b", 9, 16)
}

func TestCommentsAreCounted(t *testing.T) {
	s := NewScanner([]byte(": a\n:b\n\nid: 1\n\ndata: c\n: d\n\n"), 100)
	scan(s)
	require.Equal(t, 3, s.Comments)
}

func TestLimit(t *testing.T) {
	const limit = 50
	f := func(stream string, want error) {
		t.Helper()
		s := NewScanner([]byte(stream+"data: next\n\n"), limit)
		got := scan(s)
		require.Len(t, got, 2)
		require.ErrorIs(t, got[0].err, want)
		require.Equal(t, "next", got[1].data)
		require.LessOrEqual(t, cap(s.joined), 2*limit)
	}
	f("data: "+strings.Repeat("x", limit)+"\n\n", nil)
	f("data: "+strings.Repeat("x", limit+1)+"\n\n", ErrTooLong)
	f("data: "+strings.Repeat("x", 100*limit)+"\n\n", ErrTooLong)
	f("\ufeffdata: "+strings.Repeat("x", limit+1)+"\n\n", ErrTooLong)
	f("data: "+strings.Repeat("x", limit-2)+"\ndata: y\n\n", nil)
	f("data: "+strings.Repeat("x", limit-1)+"\ndata: y\n\n", ErrTooLong)
	f("data: a\nevent: "+strings.Repeat("x", limit+1)+"\n\n", ErrTooLong)
	f(": "+strings.Repeat("x", 100*limit)+"\ndata: a\n\n", nil)
	f(strings.Repeat("data: x\n", 100)+"\n", ErrTooLong)
}

func TestNoAllocations(t *testing.T) {
	s := NewScanner(bytes.Repeat([]byte("event: e\ndata: {\"a\":1}\n\ndata: two\ndata: lines\n\n"), 200), 1000)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		for range 2 {
			if _, err := s.Next(); err != nil {
				panic(err)
			}
		}
	}))
}

func FuzzScanner(f *testing.F) {
	for _, lineEnd := range []string{"\n", "\r\n", "\r"} {
		f.Add(encode(sent, lineEnd, " "))
		f.Add(encode(sent, lineEnd, ""))
	}
	plain := strings.NewReplacer("\r\n", "\n", "\r", "\n")
	f.Fuzz(func(t *testing.T, stream []byte) {
		want := scan(NewScanner([]byte(plain.Replace(string(stream))), 64))
		require.Equal(t, withoutEnds(want), withoutEnds(scan(NewScanner(stream, 64))))
	})
}

func BenchmarkScanner(b *testing.B) {
	var stream bytes.Buffer
	for i := range 1000 {
		fmt.Fprintf(&stream, "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","+
			"\"choices\":[{\"index\":0,\"delta\":{\"content\":\" token%d\"},\"finish_reason\":null}]}\n\n", i)
	}
	b.SetBytes(int64(stream.Len()))
	b.ReportAllocs()
	for b.Loop() {
		s := NewScanner(stream.Bytes(), EventBytesMax)
		for _, err := s.Next(); err == nil; _, err = s.Next() {
		}
	}
}
