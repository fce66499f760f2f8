package clickhouseembeddedextension_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
)

func TestTimeouts(t *testing.T) {
	c := start(t, func(config *clickhouseembeddedextension.Config) { config.QueryTimeout = 500 * time.Millisecond })
	require.Equal(t, "0.5\n", c.get("SELECT getSetting('max_execution_time')").body)
	require.Equal(t, "0.2\n", c.get("SELECT getSetting('max_execution_time')", "max_execution_time=0.2").body)
	require.Equal(t, "0.5\n", c.get("SELECT getSetting('max_execution_time')", "max_execution_time=9").body, "query_timeout is the upper bound")
	require.Equal(t, "0.5\n", c.get("SELECT getSetting('max_execution_time')", "max_execution_time=0").body)
	require.NotEqual(t, 200, c.get("SELECT 1", "max_execution_time=soon").status)
	c.refused(c.get(endless), 408, "159")
	c.refused(c.get(endless, "max_execution_time=0.1"), 408, "159")
	c.refused(c.post(endless+" SETTINGS max_execution_time = 0"), 408, "159")
}

func TestMemoryLimit(t *testing.T) {
	c := start(t, func(config *clickhouseembeddedextension.Config) { config.MaxMemoryMiB = 256 })
	got := c.get("SELECT length(groupArray(number)) FROM numbers(1000000000)", "max_threads=1")
	c.refused(got, 500, "241")
	require.Equal(t, "1\n", c.get("SELECT 1").body)
}

func TestThreads(t *testing.T) {
	f := func(memoryMiB uint64) string {
		var pipeline string
		t.Run(fmt.Sprint(memoryMiB), func(t *testing.T) {
			c := start(t, func(config *clickhouseembeddedextension.Config) { config.MaxMemoryMiB = memoryMiB })
			pipeline = c.get("EXPLAIN PIPELINE SELECT sum(number) FROM numbers_mt(10000000)", "max_threads=2").body
		})
		return pipeline
	}
	require.Contains(t, f(2048), "AggregatingTransform × 2")
	require.NotContains(t, f(128), "×", "less than a thread's share is free")
}

func TestConcurrentQueries(t *testing.T) {
	c := start(t)
	c.must("CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n")
	const workers, rounds, rows = 8, 10, 100
	failed := make(chan string, 2*workers*rounds)
	var working sync.WaitGroup
	for worker := range workers {
		working.Go(func() {
			for round := range rounds {
				body := strings.Repeat(fmt.Sprintf("%d\n", worker*rounds+round), rows)
				if got, err := c.try(http.MethodPost, "query=INSERT+INTO+t+FORMAT+CSV", body); err != nil || got.status != 200 {
					failed <- fmt.Sprint(got.body, err)
				}
				count := fmt.Sprintf("SELECT count() FROM t WHERE n = %d", worker*rounds+round)
				if got, err := c.try(http.MethodPost, "", count); err != nil || got.body != fmt.Sprintf("%d\n", rows) {
					failed <- fmt.Sprint(got.body, err)
				}
			}
		})
	}
	working.Wait()
	close(failed)
	for text := range failed {
		require.Empty(t, text)
	}
	require.Equal(t, fmt.Sprintf("%d\n", workers*rounds*rows), c.must("SELECT count() FROM t"))
}

func TestTooManyQueries(t *testing.T) {
	c := start(t, func(config *clickhouseembeddedextension.Config) { config.MaxConcurrentQueries = 2 })
	// The body stays open, so the query holds its place until the pipe is closed.
	reader, writer := io.Pipe()
	request, err := http.NewRequest(http.MethodPost, "http://"+c.addr+"/?query=INSERT+INTO+FUNCTION+null('n+UInt8')+FORMAT+CSV", reader)
	require.NoError(t, err)
	ended := make(chan int, 1)
	go func() {
		response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
		if err != nil {
			ended <- 0
			return
		}
		_ = response.Body.Close()
		ended <- response.StatusCode
	}()
	_, err = writer.Write([]byte("1\n"))
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		return c.get("SELECT count() FROM system.processes WHERE query LIKE 'INSERT%'").body == "1\n"
	}, 20*time.Second, 5*time.Millisecond)
	go func() {
		// A query of the loop below may have the last place.
		for refused := "202"; refused == "202"; {
			got, _ := c.try(http.MethodPost, "max_execution_time=1", endless)
			refused = got.header.Get("X-ClickHouse-Exception-Code")
		}
	}()
	require.Eventually(t, func() bool { return c.get("SELECT 1").header.Get("X-ClickHouse-Exception-Code") == "202" }, 20*time.Second, time.Millisecond)
	require.Equal(t, "Ok.\n", c.get("").body, "health needs no place")
	require.NoError(t, writer.Close())
	require.Equal(t, 200, <-ended)
	require.Eventually(t, func() bool { return c.get("SELECT 1").body == "1\n" }, 20*time.Second, 5*time.Millisecond)
}

func TestReadersLeavePlacesToTheOwner(t *testing.T) {
	c := start(t, withUsers, func(config *clickhouseembeddedextension.Config) { config.MaxConcurrentQueries = 4 })
	ctx, leave := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+c.addr+"/?user=dash&password=look", strings.NewReader(endless))
			if err != nil {
				return
			}
			if response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request); err == nil {
				_ = response.Body.Close()
			}
		})
	}
	defer readers.Wait()
	defer leave()
	boss := func(statement string) string { return c.post(statement, "user=boss", "password=pässword:1").body }
	require.Eventually(t, func() bool {
		return boss("SELECT count() FROM system.processes WHERE query LIKE '%system.numbers%' AND query NOT LIKE '%processes%'") == "3\n"
	}, 20*time.Second, 5*time.Millisecond)
	refused := c.post("SELECT 1", "user=dash", "password=look")
	require.Equal(t, "202", refused.header.Get("X-ClickHouse-Exception-Code"), refused.body)
	require.Equal(t, "1\n", boss("SELECT 1"))
}

func TestExceptionBehindRows(t *testing.T) {
	c := start(t)
	const query = "SELECT number, throwIf(number = 300000) FROM system.numbers LIMIT 400000 SETTINGS max_block_size = 1000, max_threads = 1"
	request, err := http.NewRequest(http.MethodPost, "http://"+c.addr+"/", strings.NewReader(query))
	require.NoError(t, err)
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, 200, response.StatusCode)
	body, err := io.ReadAll(response.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF, "a client that knows no framing sees that the answer broke off")
	tag := response.Header.Get("X-ClickHouse-Exception-Tag")
	_, framed, found := strings.Cut(string(body), "\r\n__exception__\r\n"+tag+"\r\nCode: 395. DB::Exception: ")
	require.True(t, found)
	require.True(t, strings.HasSuffix(framed, " "+tag+"\r\n__exception__\r\n"), framed)
}
