package jsonscan

import "golang.org/x/sys/cpu"

var wide = cpu.X86.HasAVX2 && cpu.X86.HasPOPCNT

// scanBlocks looks for the quote that ends a string in blocks of 64 bytes from p on. It gives its position, or that
// behind the blocks, then with escaped 1 where the byte there belongs to an escape that began before. slashes counts the
// backslashes up to there. (Langdale and Lemire, "Parsing gigabytes of JSON per second", section 3.1.1.)
//
//go:noescape
func scanBlocks(p *byte, blocks int) (at, escaped, slashes int)
