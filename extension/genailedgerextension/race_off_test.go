//go:build !race

package genailedgerextension

const usersMax = 1_000_000
