package clickhouseembeddedextension

import (
	"net"
	"net/http"
)

// guardBrowsers keeps web pages of other sites away from a server that often has no password: a browser that looks at such a page
// would send their requests. Clients that are no browsers do not notice.
func guardBrowsers(next http.Handler, loopback bool) http.Handler {
	protection := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Another site's name that resolves to this host is the same trick without another origin.
		if loopback && !isLoopbackName(r.Host) {
			http.Error(w, "the embedded ClickHouse listens on loopback and answers only requests to localhost or an address", http.StatusForbidden)
			return
		}
		asked := *r
		asked.Method = http.MethodPost // GET passes for safe, but its query may send what it has read to another host, by url()
		if err := protection.Check(&asked); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isLoopbackName(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	return host == "" || host == "localhost" || net.ParseIP(host) != nil
}
