// Package llmtapreceiver runs the tap inside the Collector: applications send their model calls to it, it passes them on
// to the model servers unchanged, and of each call it makes one GenAI span.
//
// The proxy hands finished exchanges to a recorder, which never lets it wait. The recorder's workers undo content
// coding, decode the exchange into a Call by the API that its path names, and hand spans on in batches. Another API is a
// decoder beside internal/openai and a line in apis.go.
package llmtapreceiver
