// Package detectiontest makes seeded traffic with changes in it, in a real ClickHouse.
package detectiontest
