//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/valyala/fasthttp"
)

// direct is no proxy: what load and upstream need themselves.
func direct() *target { return &target{name: "direct"} }

// nginx runs as one process that keeps its connections and passes on every piece as it comes.
func nginx() *target {
	return &target{name: "nginx", command: func(folder, listen, upstream string) ([]string, error) {
		config := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/pid; error_log %[1]s/error.log;
events { worker_connections 19000; }
http {
  access_log off; keepalive_requests 1000000000; client_max_body_size 0; client_body_buffer_size 2m; tcp_nodelay on;
  client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u;
  scgi_temp_path %[1]s/s;
  upstream model { server %[3]s; keepalive 1024; keepalive_requests 1000000000; }
  server {
    listen %[2]s backlog=4096;
    location / {
      proxy_pass http://model; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off;
    }
  }
}
`, folder, listen, upstream)
		path := filepath.Join(folder, "nginx.conf")
		return []string{"nginx", "-c", path, "-p", folder, "-e", folder + "/error.log"}, os.WriteFile(path, []byte(config), 0o600)
	}}
}

func haproxy() *target {
	return &target{name: "haproxy", command: func(folder, listen, upstream string) ([]string, error) {
		config := fmt.Sprintf(`global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option http-keep-alive
  option http-no-delay
  http-reuse always
frontend tap
  bind %s
  default_backend model
backend model
  server model %s pool-max-conn -1
`, listen, upstream)
		path := filepath.Join(folder, "haproxy.cfg")
		return []string{"haproxy", "-db", "-f", path}, os.WriteFile(path, []byte(config), 0o600)
	}}
}

// bareProxy is what one writes with fasthttp in an hour: no record of anything.
func bareProxy() *target {
	return &target{name: "fasthttp", command: func(_, listen, upstream string) ([]string, error) {
		self, err := os.Executable()
		return []string{self, "-bare-proxy", listen, "-upstream", upstream}, err
	}}
}

const bareBodyBytesMax = 64 << 20

// serveBare is the program behind bareProxy.
func serveBare(listen, upstream string) error {
	client := fasthttp.HostClient{
		Addr: upstream, MaxConns: 30000, StreamResponseBody: true, NoDefaultUserAgentHeader: true,
		DisablePathNormalizing: true, DisableHeaderNamesNormalizing: true,
	}
	server := fasthttp.Server{
		NoDefaultServerHeader: true, NoDefaultDate: true, DisableHeaderNamesNormalizing: true, MaxRequestBodySize: bareBodyBytesMax,
		Handler: func(ctx *fasthttp.RequestCtx) {
			ctx.Response.StreamBody, ctx.Response.ImmediateHeaderFlush = true, true
			if err := client.Do(&ctx.Request, &ctx.Response); err != nil {
				ctx.Error("upstream: "+err.Error(), fasthttp.StatusBadGateway)
			}
		},
	}
	return server.ListenAndServe(listen)
}
