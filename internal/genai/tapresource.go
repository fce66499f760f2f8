package genai

import "go.opentelemetry.io/collector/pdata/pcommon"

// TapService is the service.name of the tap's spans, which is that of no application.
const TapService = "llmtap"

// TapResource gives the resource of the tap's spans: that of the Collector, in which the tap is a service of its own. What takes spans
// finds, groups and counts them by service.name, and leaves out those without.
func TapResource(collector pcommon.Resource) pcommon.Resource {
	resource := pcommon.NewResource()
	collector.CopyTo(resource)
	resource.Attributes().PutStr(AttrServiceName, TapService)
	return resource
}
