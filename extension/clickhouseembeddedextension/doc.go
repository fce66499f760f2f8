// Package clickhouseembeddedextension runs the ClickHouse engine inside the Collector process and serves ClickHouse's HTTP interface,
// so that exporters, curl, Grafana and any other ClickHouse client connect to it as to a server. See the README.
package clickhouseembeddedextension
