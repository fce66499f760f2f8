// Package pricebook knows what model calls cost: price books, how a price is found for a call, and exact arithmetic.
//
// A Book is a dated list of prices. A Catalog asks several books in order. Amounts are whole femto-dollars (1e-15 USD)
// per token, summed in 128 bits and rounded once, half to even, to the nano-dollars that are stored.
package pricebook
