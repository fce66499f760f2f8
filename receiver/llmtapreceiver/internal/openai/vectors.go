package openai

import (
	"encoding/base64"
	"encoding/binary"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
)

// readEmbeddingAsked reads what a request says of the vectors that it wants.
func readEmbeddingAsked(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
	e := p.Detail.Embedding
	switch string(key) {
	case "dimensions":
		e.Dimensions = answer.Count(r, e.Dimensions)
	case "encoding_format":
		e.Base64Asked = false
		readVectorForm(e, r) // bytes: vLLM
	case "embedding_type", "output_dtype", "embed_dtype", "endianness": // Jina; Voyage and Mistral; vLLM, twice
		asked := e.Base64Asked
		readVectorForm(e, r)
		e.Packed, e.Base64Asked = e.Packed || e.Base64Asked && !asked, asked // others do not know what base64 is here
	}
}

// readVectorForm reads a name of what each number is sent as.
func readVectorForm(e *genai.Embedding, r *jsonscan.Reader) {
	switch kind := r.Kind(); string(r.Text()) {
	case "float", "float32", "native", "little":
	case "base64":
		e.Base64Asked = true
	default:
		e.Packed = e.Packed || kind != jsonscan.Null
	}
}

// readVector reads {"index","embedding"}, where the embedding is a list of numbers or base64 of 32-bit floats. It is not
// kept when there are too many.
func readVector(r *jsonscan.Reader, e *genai.Embedding) (kept bool) {
	v := genai.Vector{Index: -1, Zero: true}
	for key := range r.Object {
		switch string(key) {
		case "index":
			v.Index = r.Index(v.Index)
		case "embedding":
			if r.Kind() == jsonscan.String {
				v.Base64 = true
				measureFloats(&v, r.Text())
				continue
			}
			answer.MeasureVector(&v, r.Raw())
		case "embeddings": // Jina, several of one text
			e.Packed = true
		}
	}
	if len(e.Vectors) >= answer.VectorsMax {
		return false
	}
	e.Vectors = append(e.Vectors, v)
	return true
}

// measureFloats tells what base64 of 32-bit floats, the lowest byte first, is. What is no base64 has no finite numbers.
func measureFloats(v *genai.Vector, text []byte) {
	*v = genai.Vector{Index: v.Index, Zero: true, Base64: true}
	const piece = 1024 // bytes of text that are decoded at a time, whole floats
	var floats [piece / 4 * 3]byte
	for len(text) > 0 {
		n, err := base64.StdEncoding.Decode(floats[:], text[:min(piece, len(text))])
		v.Invalid = v.Invalid || err != nil || n%4 != 0
		text = text[min(piece, len(text)):]
		v.Dimensions += n / 4
		for i := 0; i+4 <= n; i += 4 {
			bits := binary.LittleEndian.Uint32(floats[i:])
			v.Zero = v.Zero && bits<<1 == 0
			v.Invalid = v.Invalid || bits&infinite == infinite
		}
	}
}

// infinite are the bits of a float's exponent, all of which only infinities and what is no number have.
const infinite = 0x7f800000
