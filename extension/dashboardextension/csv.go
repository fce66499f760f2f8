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
		for i, cell := range row {
			if line > 1 && floats[i] && strings.HasSuffix(cell, "nan") {
				row[i] = ""
				continue
			}
			if _, err := strconv.ParseFloat(cell, 64); err == nil || cell == "" {
				continue
			}
			switch {
			case cell == `\N`:
				row[i] = ""
			case strings.ContainsAny(cell[:1], "=+-@\t\r"):
				row[i] = "'" + cell
			}
		}
		if err := writer.Write(row); err != nil {
			return nil, err
		}
	}
}
