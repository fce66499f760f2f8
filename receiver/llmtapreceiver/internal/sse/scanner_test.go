package sse

import (
	"bytes"
	"fmt"
	"math/rand/v2"
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

// scan reads all events of the pieces.
func scan(s *Scanner, pieces ...[]byte) (events []event) {
	take := func(e Event, err error) bool {
		if err != ErrMore {
			events = append(events, event{string(e.Name), string(e.Data), e.End, err})
		}
		return err != ErrMore
	}
	for _, piece := range pieces {
		s.Feed(append([]byte(nil), piece...))
		for take(s.Next()) {
		}
		clear(s.piece) // nothing may rely on a piece that is gone
	}
	take(s.Tail())
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
			require.Equal(t, sent, withoutEnds(scan(NewScanner(100), stream)), "%q", stream)
		}
	}
}

func TestSplitAtEveryOffset(t *testing.T) {
	for _, lineEnd := range []string{"\n", "\r\n", "\r"} {
		stream := append([]byte("\ufeff"), encode(sent, lineEnd, " ")...)
		want := scan(NewScanner(100), stream)
		require.Equal(t, sent, withoutEnds(want))
		for i := range len(stream) + 1 {
			require.Equal(t, want, scan(NewScanner(100), stream[:i], stream[i:]), "cut at %d of %q", i, stream)
			for j := i; j < len(stream); j += 7 {
				require.Equal(t, want, scan(NewScanner(100), stream[:i], stream[i:j], stream[j:]), "cut at %d and %d", i, j)
			}
		}
		bytewise := make([][]byte, len(stream))
		for i := range stream {
			bytewise[i] = stream[i : i+1]
		}
		require.Equal(t, want, scan(NewScanner(100), bytewise...))
	}
}

func TestEveryPrefixGivesABeginning(t *testing.T) {
	stream := encode(sent, "\r\n", " ")
	whole := scan(NewScanner(100), stream)
	for i := range stream {
		got := scan(NewScanner(100), stream[:i])
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
		for _, e := range scan(NewScanner(100), []byte(stream)) {
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
		for _, e := range scan(NewScanner(100), []byte(stream)) {
			got = append(got, e.end)
		}
		require.Equal(t, want, got)
	}
	f("data: a\n\ndata: b\n\n", 9, 18)
	f("data: a\r\n\r\ndata: b\r\n\r\n", 10, 21)
	f("data: a\n\ndata: b", 9, 16)
}

func TestCommentsAreCounted(t *testing.T) {
	s := NewScanner(100)
	scan(s, []byte(": a\n:b\n\nid: 1\n\ndata: c\n: d\n\n"))
	require.Equal(t, 3, s.Comments)
}

func TestLimit(t *testing.T) {
	const limit = 50
	f := func(stream string, want error) {
		t.Helper()
		stream += "data: next\n\n"
		bytewise := make([][]byte, len(stream))
		for i := range bytewise {
			bytewise[i] = []byte{stream[i]}
		}
		for _, pieces := range [][][]byte{{[]byte(stream)}, bytewise} {
			s := NewScanner(limit)
			got := scan(s, pieces...)
			require.Len(t, got, 2)
			require.ErrorIs(t, got[0].err, want)
			require.Equal(t, "next", got[1].data)
			require.LessOrEqual(t, cap(s.line)+cap(s.event.buffer), 4*(limit+lineSlack+1))
		}
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
	piece := bytes.Repeat([]byte("event: e\ndata: {\"a\":1}\n\ndata: two\ndata: lines\n\n"), 10)
	s := NewScanner(1000)
	half := len(piece)/2 + 3
	run := func() {
		for _, p := range [][]byte{piece[:half], piece[half:]} {
			s.Feed(p)
			for {
				if _, err := s.Next(); err == ErrMore {
					break
				}
			}
		}
	}
	run()
	require.Zero(t, testing.AllocsPerRun(100, run))
}

func FuzzScanner(f *testing.F) {
	for i, lineEnd := range []string{"\n", "\r\n", "\r"} {
		f.Add(encode(sent, lineEnd, " "), uint64(i))
		f.Add(encode(sent, lineEnd, ""), uint64(i))
	}
	f.Fuzz(func(t *testing.T, stream []byte, seed uint64) {
		want := scan(NewScanner(64), stream)
		random := rand.New(rand.NewPCG(seed, 1))
		var pieces [][]byte
		for rest := stream; len(rest) > 0; {
			n := 1 + random.IntN(len(rest))
			pieces = append(pieces, rest[:n])
			rest = rest[n:]
		}
		require.Equal(t, want, scan(NewScanner(64), pieces...))
	})
}

func BenchmarkScanner(b *testing.B) {
	var stream bytes.Buffer
	for i := range 1000 {
		fmt.Fprintf(&stream, "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","+
			"\"choices\":[{\"index\":0,\"delta\":{\"content\":\" token%d\"},\"finish_reason\":null}]}\n\n", i)
	}
	s := NewScanner(EventBytesMax)
	b.SetBytes(int64(stream.Len()))
	b.ReportAllocs()
	for b.Loop() {
		s.Feed(stream.Bytes())
		for {
			if _, err := s.Next(); err != nil {
				break
			}
		}
	}
}
