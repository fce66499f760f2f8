package genaiclickhouseexporter

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"go.opentelemetry.io/collector/config/configtls"

	"github.com/llmtap/llmtap/internal/clickhousedb"
)

// dialTimeout bounds the making of a connection to one of the servers, its greeting included.
const dialTimeout = 5 * time.Second

func clientOptions(ctx context.Context, config *Config) (*clickhouse.Options, error) {
	servers, err := config.servers()
	if err != nil {
		return nil, err
	}
	tlsConfig, err := clientTLS(ctx, config, servers.secure)
	if err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	consumers := 1
	if queue := config.Queue.Get(); queue != nil {
		consumers = queue.NumConsumers
	}
	return &clickhouse.Options{
		Protocol: servers.protocol,
		Addr:     servers.addrs,
		// The database is named in each statement, since it may not exist when the first connection is made.
		Auth:         clickhouse.Auth{Username: config.Username, Password: string(config.Password)},
		TLS:          tlsConfig,
		Compression:  &clickhouse.Compression{Method: compressions[servers.compressionFor(config.Compression)]},
		DialTimeout:  dialTimeout * time.Duration(len(servers.addrs)),
		ReadTimeout:  config.TimeoutConfig.Timeout,
		Settings:     clickhousedb.WithoutNULLs,
		MaxOpenConns: consumers + 1,
		MaxIdleConns: consumers + 1,

		TransportFunc: clickhousedb.RefuseRedirects,
		ClientInfo: clickhouse.ClientInfo{Products: []struct{ Name, Version string }{
			{Name: "llmtap"},
		}},
	}, nil
}

// serverOrder is which of the servers a connection is made to.
type serverOrder struct{ first atomic.Uint32 }

// current is for leave.
func (o *serverOrder) current() uint32 { return o.first.Load() }

// leave begins new connections at the next server, unless another batch has left that one: it can be reached, and yet takes nothing, as a
// replica whose tables are read-only or whose disk is full.
func (o *serverOrder) leave(current uint32) { o.first.CompareAndSwap(current, current+1) }

// dial gives each server its own time, so that one which hangs leaves some for the next. The client itself bounds a greeting over the native
// protocol by the option alone; over HTTP the option stays in force when it dials again, for batches that have more time.
func (o *serverOrder) dial(ctx context.Context, _ int, options *clickhouse.Options, dial clickhouse.Dial) (clickhouse.DialResult, error) {
	var errs []error
	first := int(o.current() % uint32(len(options.Addr)))
	for i := range options.Addr {
		addr := options.Addr[(first+i)%len(options.Addr)]
		if err := ctx.Err(); err != nil {
			return clickhouse.DialResult{}, errors.Join(append(errs, err)...)
		}
		own := *options
		own.DialTimeout = dialTimeout
		if deadline, ok := ctx.Deadline(); ok && options.Protocol == clickhouse.Native {
			own.DialTimeout = min(dialTimeout, time.Until(deadline))
		}
		attempt, cancel := context.WithTimeout(ctx, own.DialTimeout)
		result, err := dial(attempt, addr, &own)
		cancel()
		if err == nil {
			return result, nil
		}
		errs = append(errs, fmt.Errorf("%s: %w", addr, err))
	}
	return clickhouse.DialResult{}, errors.Join(errs...)
}

var compressions = map[string]clickhouse.CompressionMethod{
	"lz4": clickhouse.CompressionLZ4, "zstd": clickhouse.CompressionZSTD, "none": clickhouse.CompressionNone,
}

func clientTLS(ctx context.Context, config *Config, secure bool) (*tls.Config, error) {
	if !secure {
		return nil, nil
	}
	if section := config.TLS.Get(); section != nil {
		return section.LoadTLSConfig(ctx)
	}
	section := configtls.NewDefaultClientConfig()
	return section.LoadTLSConfig(ctx)
}
