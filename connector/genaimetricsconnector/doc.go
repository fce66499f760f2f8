// Package genaimetricsconnector turns the GenAI spans of model calls into metrics: those of the GenAI semantic
// conventions, in the version that the configuration names, and llmtap's own for cost, usage and fidelity.
//
// Streams are cumulative and bounded: past a limit calls are counted in an overflow series, and series that get no
// calls any more are given up. Sums are kept as integers, so that they are exact however many calls they hold.
package genaimetricsconnector
