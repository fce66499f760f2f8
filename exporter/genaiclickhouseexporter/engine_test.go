package genaiclickhouseexporter

import "testing"

func engineAddress(t testing.TB) string {
	t.Helper()
	return "http://127.0.0.1:18199"
}
