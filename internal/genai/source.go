package genai

// SourceTold gives the source of the counts also for spans of SDKs, which do not say it, or in a word of their own: what they count was
// reported.
func (u *Usage) SourceTold() UsageSource {
	switch u.Source {
	case UsageNone, UsageReported, UsageInjected, UsageEstimated:
		return u.Source
	}
	if u.Input.Known || u.Output.Known {
		return UsageReported
	}
	return UsageNone
}
