package dashboardextension

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
)

// spreadsheet makes ClickHouse's CSV fit to be opened in one: unknown is an empty cell, as is a number that is none, and a name that begins
// like a formula is text, since names come from whoever calls a model. The second row of body, the types, is left out.
func spreadsheet(body []byte) ([]byte, error) {
	var out bytes.Buffer
	reader, writer := csv.NewReader(bytes.NewReader(body)), csv.NewWriter(&out)
	reader.ReuseRecord = true
	var floats []bool
	for line := 0; ; line++ {
		row, err := reader.Read()
		if errors.Is(err, io.EOF) {
			writer.Flush()
			return out.Bytes(), writer.Error()
		}
		if err != nil {
			return nil, err
		}
		if line == 1 {
			for _, kind := range row {
				floats = append(floats, strings.Contains(kind, "Float"))
			}
			continue
		}
		for i, text := range row {
			row[i] = cell(text, line > 1 && floats[i])
		}
		if err := writer.Write(row); err != nil {
			return nil, err
		}
	}
}

func cell(text string, float bool) string {
	if text == `\N` || float && strings.HasSuffix(text, "nan") {
		return ""
	}
	if _, err := strconv.ParseFloat(text, 64); err != nil && text != "" && strings.ContainsAny(text[:1], "=+-@\t\r") {
		return "'" + text
	}
	return text
}
