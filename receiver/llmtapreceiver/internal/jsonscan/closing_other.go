//go:build !amd64

package jsonscan

const wide = false

func scanBlocks(*byte, int) (at int, escaped, slashes uint64) { panic("no wide registers") }
