//go:build linux

package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// tapOptions say what becomes of the calls that a tap records.
type tapOptions struct {
	name    string
	capture bool // bodies are kept
	store   string
	profile string // address at which the process can be profiled; left out, nowhere
}

// The stores of a tap.
const (
	storeNone     = "none"     // spans are decoded, accounted and thrown away
	storeDown     = "down"     // a ClickHouse that nobody answers for
	storeEmbedded = "embedded" // ClickHouse inside the process
)

// queueBytes is how much may wait for a store.
const queueBytes = 4 << 30

// tap is bin/llmtap with everything recorded.
func tap(bin, library string, o tapOptions) *target {
	t := &target{name: o.name, metrics: freeAddress(), profile: o.profile}
	t.command = func(folder, listen, upstream string) ([]string, error) {
		host, port, err := net.SplitHostPort(t.metrics)
		if err != nil {
			return nil, err
		}
		clickhouse := freeAddress()
		config := fmt.Sprintf(`receivers:
  llm_tap:
    endpoint: %q
    upstreams: [{name: bench, url: "http://%s"}]
    key_hash_secret_file: %q
    capture_content: %t
    limits: {connections: 30000}
processors:
  memory_limiter: {check_interval: 1s, limit_mib: 1024, spike_limit_mib: 256}
  gen_ai: {}
%sservice:
  extensions: [%s]
  pipelines:
    traces: {receivers: [llm_tap], processors: [memory_limiter, gen_ai], exporters: [%s]}
  telemetry:
    metrics:
      readers: [{pull: {exporter: {prometheus: {host: %q, port: %s}}}}]
`, listen, upstream, filepath.Join(folder, "secret"), o.capture, o.components(folder, clickhouse), o.extensions(), o.exporter(), host, port)
		path := filepath.Join(folder, "config.yaml")
		command := []string{"env", "LLMTAP_LIBCHDB=" + library, filepath.Join(bin, "llmtap"), "--config", path}
		return command, os.WriteFile(path, []byte(config), 0o600)
	}
	return t
}

func (o tapOptions) exporter() string {
	if o.store == storeNone {
		return "debug"
	}
	return "gen_ai_clickhouse"
}

func (o tapOptions) extensions() string {
	var names []string
	if o.store != storeNone {
		names = append(names, "file_storage")
	}
	if o.store == storeEmbedded {
		names = append(names, "clickhouse_embedded")
	}
	if o.profile != "" {
		names = append(names, "pprof")
	}
	return strings.Join(names, ", ")
}

// components gives the exporter and the extensions. Calls wait for a store on disk, as with the configurations in config/.
func (o tapOptions) components(folder, clickhouse string) string {
	out := "exporters:\n"
	if o.store == storeNone { // one line per so many batches
		out += "  debug: {verbosity: basic, sampling_initial: 1, sampling_thereafter: 1000000}\nextensions:\n"
	} else {
		out += fmt.Sprintf("  gen_ai_clickhouse: {endpoints: [\"http://%s\"], sending_queue: {storage: file_storage, queue_size: %d}}\n",
			clickhouse, queueBytes)
		out += fmt.Sprintf("extensions:\n  file_storage: {directory: %q, create_directory: true, fsync: true}\n", filepath.Join(folder, "queue"))
	}
	if o.store == storeEmbedded {
		out += fmt.Sprintf("  clickhouse_embedded: {endpoint: %q, data_dir: %q}\n", clickhouse, filepath.Join(folder, "data"))
	}
	if o.profile != "" {
		out += fmt.Sprintf("  pprof: {endpoint: %q, mutex_profile_fraction: 1}\n", o.profile)
	}
	return out
}
