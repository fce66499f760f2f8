// Package detectiontest makes seeded traffic with changes in it and replays the detectors over it, on a real ClickHouse.
package detectiontest
