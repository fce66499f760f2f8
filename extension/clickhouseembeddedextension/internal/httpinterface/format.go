package httpinterface

import (
	"strings"
)

// streamable are the formats in which documents can be put one after the other. The engine formats each block of a streamed
// answer as a document of its own; in any other format the answer is fetched whole.
var streamable = map[string]bool{
	"native": true, "rowbinary": true, "null": true,
	"tabseparated": true, "tsv": true, "tabseparatedraw": true, "tsvraw": true, "raw": true, "csv": true, "tskv": true,
	"jsoneachrow": true, "jsonlines": true, "ndjson": true, "jsonstringseachrow": true,
	"jsoncompacteachrow": true, "jsoncompactstringseachrow": true,
	"lineasstring": true, "rawblob": true, "msgpack": true,
}

// canStream says whether an answer in the format can be sent block by block.
func (q *query) canStream(format string) bool {
	const array = "output_format_json_array_of_rows"
	if q.waitEnd || !streamable[strings.ToLower(format)] || strings.Contains(q.text, array) {
		return false
	}
	for _, setting := range q.settings {
		if setting.Name == array {
			return false
		}
	}
	return true
}

// contentType is what ClickHouse says of a format.
func contentType(format string) string {
	format = strings.ToLower(format)
	switch {
	case format == "json", format == "jsoncompact", format == "jsonstrings", format == "jsoncompactstrings", format == "jsoncolumns",
		format == "jsonobjecteachrow", format == "jsoncompactcolumns", format == "jsoncolumnswithmetadata":
		return "application/json; charset=UTF-8"
	case strings.HasPrefix(format, "json"), format == "ndjson":
		return "application/x-ndjson; charset=UTF-8"
	case strings.HasPrefix(format, "csv"):
		return "text/csv; charset=UTF-8"
	case strings.HasPrefix(format, "tabseparated"), strings.HasPrefix(format, "tsv"):
		return "text/tab-separated-values; charset=UTF-8"
	case format == "xml":
		return "application/xml; charset=UTF-8"
	case format == "native", strings.HasPrefix(format, "rowbinary"), strings.HasPrefix(format, "arrow"), strings.HasPrefix(format, "protobuf"),
		format == "parquet", format == "orc", format == "avro", format == "msgpack", format == "npy", format == "bsoneachrow", format == "rawblob", format == "capnproto":
		return "application/octet-stream"
	}
	return "text/plain; charset=UTF-8"
}
