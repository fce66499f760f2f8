//go:build !amd64

package jsonscan

const wide = false

func scanBlocks(*byte, int) (at, escaped, slashes int) { panic("no wide registers") }
