package httpinterface

import (
	"strings"

	"github.com/ClickHouse/ch-go/proto"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/internal/chdb"
)

// helloText is the statement with which clickhouse-go/v2 opens a connection over HTTP.
const helloText = "SELECT displayName(), version(), revision(), timezone()"

// isHello is true for that statement from a client that reads Native blocks in the form of its own protocol version.
func (q *query) isHello() bool {
	return q.protocolVersion > 0 && q.defaultFormat == "Native" && strings.TrimSpace(q.text) == helloText
}

// answerHello names revision 0. The engine cannot write blocks for a protocol version, so they are plain Native, which is what a
// client expects of revision 0 in all that follows; only this answer has the form of the client's version.
func (h *Handler) answerHello(out *response, q *query) error {
	revision := proto.ColUInt32{0}
	column := func(name, value string) proto.InputColumn {
		data := new(proto.ColStr)
		data.Append(value)
		return proto.InputColumn{Name: name, Data: data}
	}
	columns := []proto.InputColumn{
		column("displayName()", h.displayName),
		column("version()", h.version),
		{Name: "revision()", Data: revision},
		column("timezone()", h.timezone),
	}
	block := proto.Block{Info: proto.BlockInfo{BucketNum: -1}, Columns: len(columns), Rows: 1}
	var buffer proto.Buffer
	if err := block.EncodeBlock(&buffer, q.protocolVersion, columns); err != nil {
		return err
	}
	if err := out.begin("Native", chdb.Progress{}); err != nil {
		return err
	}
	return out.write(buffer.Buf)
}
