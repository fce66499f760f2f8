package llmtapreceiver

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/fidelity"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/coding"
)

var update = flag.Bool("update", false, "write what was found into the lists of findings, and fail")

type recording struct {
	ID, Repo, Vendor, Method, Path, Kind, Request, Response string
	Status                                                  int
	ServerVersion                                           string `json:"server_version"`
	Headers                                                 map[string]string
	Violates                                                []string
}

func readRecordings(t testing.TB) []recording {
	t.Helper()
	return slices.DeleteFunc(readManifest[recording](t), func(r recording) bool { return r.Kind == "models" })
}

func (r *recording) exchange(t testing.TB) *exchange.Exchange {
	t.Helper()
	read := func(name string) exchange.Message {
		if name == "" {
			return exchange.Message{}
		}
		body, err := os.ReadFile(filepath.Join(fixtures, name))
		require.NoError(t, err)
		if strings.HasSuffix(name, ".gz") {
			body, _, _, err = coding.Decode("gzip", body, nil, 64<<20)
			require.NoError(t, err)
		}
		return exchange.Message{Body: body, Size: int64(len(body))}
	}
	x := &exchange.Exchange{
		Upstream: r.Vendor, Method: r.Method, Target: r.Path, Status: r.Status,
		Request: read(r.Request), Response: read(r.Response),
	}
	var header strings.Builder
	for name, value := range r.Headers {
		if !strings.EqualFold(name, "content-encoding") {
			header.WriteString(name + ": " + value + "\r\n")
		}
	}
	x.Response.Header = exchange.Header(header.String())
	return x
}

// finding is a verdict against a recording, with the reason why it is right.
type finding struct{ recording, check, reason string }

func readFindings(t testing.TB, name string) (list []finding) {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	for line := range strings.SplitSeq(string(body), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		columns := strings.Split(line, "\t")
		require.Len(t, columns, 3, line)
		list = append(list, finding{columns[0], columns[1], columns[2]})
	}
	return list
}

// writeFindings keeps the reasons that stand in the list already.
func writeFindings(t testing.TB, name string, before, now []finding) {
	t.Helper()
	var out strings.Builder
	out.WriteString("# recording\tcheck\treason\n")
	for _, f := range now {
		if i := slices.IndexFunc(before, func(b finding) bool { return b.recording == f.recording && b.check == f.check }); i >= 0 {
			f.reason = before[i].reason
		}
		out.WriteString(f.recording + "\t" + f.check + "\t" + f.reason + "\n")
	}
	require.NoError(t, os.WriteFile(filepath.Join("testdata", name), []byte(out.String()), 0o600))
}

// judge gives the call of a recording with its verdicts.
func (r *recording) judge(t testing.TB, d *decoder) *genai.Call {
	t.Helper()
	return d.call(r.exchange(t))
}

var official = []string{"openai", "anthropic", "azure-openai"}

// Violations that are found in the traffic of those who made the APIs are real, one by one.
func TestOfficialTrafficKeepsItsPromises(t *testing.T) {
	const name = "fidelity_official.tsv"
	rows := readRecordings(t)
	d, _ := newDecoder()
	d.plainBytesMax = 64 << 20
	var found []finding
	calls := 0
	for _, row := range rows {
		if !slices.Contains(official, row.Vendor) {
			continue
		}
		calls++
		call := row.judge(t, d)
		for _, check := range call.Fidelity.Failed {
			found = append(found, finding{recording: row.ID, check: check})
		}
	}
	compareFindings(t, name, found)
	t.Logf("%d calls", calls)
}

func compareFindings(t testing.TB, name string, found []finding) {
	t.Helper()
	before := readFindings(t, name)
	if *update {
		writeFindings(t, name, before, found)
		t.Fatal("the list was written anew; give each line its reason")
	}
	key := func(list []finding) (keys []string) {
		for _, f := range list {
			keys = append(keys, f.recording+" "+f.check)
		}
		return keys
	}
	require.Equal(t, key(before), key(found))
	for _, f := range before {
		require.NotEmpty(t, f.reason, "%s %s has no reason", f.recording, f.check)
	}
}

// What we recorded ourselves from servers breaks the promises of the list and no others.
func TestLiveServersBreakTheListedPromises(t *testing.T) {
	var found []finding
	for _, row := range readRecordings(t) {
		if row.Repo != "live" {
			continue
		}
		d, _ := newDecoder()
		d.judge = fidelity.NewJudge()
		call := row.judge(t, d)
		for _, check := range slices.Concat(call.Fidelity.Failed, call.Fidelity.Suspected) {
			found = append(found, finding{recording: row.ID, check: check, reason: row.Vendor})
		}
		for _, check := range row.Violates {
			require.Contains(t, slices.Concat(call.Fidelity.Failed, call.Fidelity.Suspected, call.Fidelity.Noted), check, row.ID)
		}
	}
	compareFindings(t, "fidelity_live.tsv", found)
}
