package answer

import (
	"bytes"

	"github.com/llmtap/llmtap/internal/genai"
)

// VectorsMax bounds the vectors of an answer that are kept in detail.
const VectorsMax = 4096

// MeasureVector tells what a list of numbers is without reading each: thousands of them make one vector.
func MeasureVector(v *genai.Vector, list []byte) {
	list = bytes.TrimSpace(bytes.Trim(list, "[]"))
	if len(list) == 0 {
		return
	}
	v.Dimensions = 1 + bytes.Count(list, []byte{','})
	v.Zero = !bytes.ContainsAny(list, "123456789")
	v.Invalid = bytes.IndexByte(list, 'n') >= 0 || bytes.IndexByte(list, 'N') >= 0 // null, NaN, Infinity
}
