package llmtapreceiver

import (
	"context"
	"crypto/tls"
	"fmt"
	"sync"

	"go.uber.org/zap"
)

// lastGood is the last certificate that could be read. Its files are replaced one after the other, and configtls fails
// every handshake until they are whole and fit each other.
type lastGood struct {
	read   func() (*tls.Certificate, error)
	logger *zap.Logger

	mu      sync.Mutex // held while reading, so that the last line of the log is how it stands
	cert    *tls.Certificate
	failing bool
}

// tlsSettings are those of a server or of a client.
type tlsSettings interface {
	LoadTLSConfig(context.Context) (*tls.Config, error)
}

func loadTLS(ctx context.Context, settings tlsSettings, logger *zap.Logger, section string) (*tls.Config, error) {
	cfg, err := settings.LoadTLSConfig(ctx)
	if err == nil {
		err = keepLastGood(cfg, logger.With(zap.String("section", section)))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", section, err)
	}
	return cfg, nil
}

// keepLastGood makes a server or client go on with the last good certificate. The first one must be good.
func keepLastGood(cfg *tls.Config, logger *zap.Logger) (err error) {
	if cfg == nil || cfg.GetCertificate == nil {
		return nil
	}
	readAnew := cfg.GetCertificate // gives everyone the same, clients too
	l := &lastGood{read: func() (*tls.Certificate, error) { return readAnew(nil) }, logger: logger}
	if l.cert, err = l.read(); err != nil {
		return err
	}
	cfg.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return l.get(), nil }
	cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return l.get(), nil }
	return nil
}

func (l *lastGood) get() *tls.Certificate {
	l.mu.Lock()
	defer l.mu.Unlock()
	cert, err := l.read()
	switch {
	case err == nil:
		if l.failing {
			l.logger.Info("certificate can be read again")
		}
		l.cert = cert
	case !l.failing:
		l.logger.Warn("certificate cannot be read anew; the last good one stays in use", zap.Error(err))
	}
	l.failing = err != nil
	return l.cert
}
