// Package chdb binds libchdb, the ClickHouse engine as a shared library, without cgo.
//
// The library holds one engine, on one data folder, in a process. Many connections to it may be open at once; each
// has its own settings and runs one statement at a time. A result is either whole in memory (Query) or fetched block by
// block (Stream); rows go in by Insert, which takes any bytes, where a statement with data in its text would end at a semicolon.
package chdb
