// Package fidelity judges whether a model server kept the promises of the API that it claims to speak, from one Call
// and what earlier calls of the same tap have shown.
//
// Each check is a pure function with a stable id. What cannot be known (a copy that was cut, a client that left, an
// answer that ran into its length) is undecidable and never counts as kept.
package fidelity

//go:generate go run ./docs ../../docs/fidelity.md ../../README.md
