package genaiclickhouseexporter

import (
	"fmt"
	"slices"
	"strings"

	"github.com/llmtap/llmtap/internal/genai"
)

// enum is a ClickHouse Enum8 whose values count from 0 in the order given.
type enum[T ~string] []T

var (
	outcomes = enum[genai.Outcome]{
		genai.OutcomeOK, genai.OutcomeClientError, genai.OutcomeUpstreamError, genai.OutcomeTimeout, genai.OutcomeClientAbort,
		genai.OutcomeRefused, genai.OutcomeTapError,
	}
	usageSources = enum[genai.UsageSource]{
		genai.UsageNone, genai.UsageReported, genai.UsageInjected, genai.UsageEstimated,
	}
)

func (e enum[T]) value(name T) (int8, bool) {
	i := slices.Index(e, name)
	return int8(i), i >= 0
}

// typeName is the type as ClickHouse writes it.
func (e enum[T]) typeName() string {
	values := make([]string, len(e))
	for i, name := range e {
		values[i] = fmt.Sprintf("'%s' = %d", name, i)
	}
	return "Enum8(" + strings.Join(values, ", ") + ")"
}

func usageSourceOf(u *genai.Usage) int8 {
	value, _ := usageSources.value(u.SourceTold())
	return value
}
