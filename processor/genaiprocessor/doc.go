// Package genaiprocessor accounts model calls: of every GenAI span, from the tap or from any SDK, it decides who made
// the call and what it cost.
//
// The processor is a list of rules in order. Each rule is one type in one file and changes one thing of the Call that
// the span holds; at the end the span gets what was decided. Spans that are no model calls pass unchanged.
package genaiprocessor
