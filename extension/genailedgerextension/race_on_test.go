//go:build race

package genailedgerextension

// usersMax is a tenth of a million, as the race detector makes everything ten times slower.
const usersMax = 100_000
