package scriptedmodel

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
)

const (
	headWidth    = 32 // of an attention head
	feedForward  = 32
	contextMax   = 4096
	certainty    = 60.0 // logit of the token that the script wants; all others have about 0
	ggufAlign    = 32
	ggufMagic    = "GGUF"
	ggufVersion  = 3
	typeUint32   = 4
	typeInt32    = 5
	typeFloat32  = 6
	typeBool     = 7
	typeString   = 8
	typeArray    = 9
	tensorFloat  = 0
	tensorsDepth = 1 // layers
)

// Write writes the model as a GGUF file.
func Write(path string) error {
	m, err := build()
	if err != nil {
		return err
	}
	return os.WriteFile(path, m.gguf(), 0o600)
}

// tensor is a matrix of rows of the given width, in the order of its elements.
type tensor struct {
	name   string
	shape  []int // the fastest dimension first
	values func(row, column int) float32
}

func (m *model) gguf() []byte {
	keys := m.keys()
	tensors := m.tensors()
	var out buffer
	out.WriteString(ggufMagic)
	out.put(uint32(ggufVersion))
	out.put(uint64(len(tensors)))
	out.put(uint64(len(keys)))
	for _, key := range keys {
		out.Write(key)
	}
	offset := uint64(0)
	for _, t := range tensors {
		out.text(t.name)
		out.put(uint32(len(t.shape)))
		size := uint64(4)
		for _, n := range t.shape {
			out.put(uint64(n))
			size *= uint64(n)
		}
		out.put(uint32(tensorFloat))
		out.put(offset)
		offset += (size + ggufAlign - 1) / ggufAlign * ggufAlign
	}
	for _, t := range tensors {
		out.align()
		rows := 1
		if len(t.shape) > 1 {
			rows = t.shape[1]
		}
		for row := range rows {
			for column := range t.shape[0] {
				out.put(t.values(row, column))
			}
		}
	}
	return out.Bytes()
}

// width is the model's dimension: one per token, and one that is always on, which keeps all embeddings equally long.
func (m *model) width() int { return (len(m.tokens) + 1 + headWidth) / headWidth * headWidth }

func (m *model) tensors() []tensor {
	width, tokens := m.width(), len(m.tokens)
	// The normalised embedding has this value in its two places.
	scale := math.Sqrt(float64(width) / 2)
	zero := func(int, int) float32 { return 0 }
	one := func(int, int) float32 { return 1 }
	embedding := func(token, column int) float32 {
		if column == token || column == tokens {
			return 1
		}
		return 0
	}
	follows := func(token, column int) float32 {
		if next, ok := m.next[column]; ok && next == token {
			return float32(certainty / scale)
		}
		return 0
	}
	return []tensor{
		{"token_embd.weight", []int{width, tokens}, embedding},
		{"output_norm.weight", []int{width}, one},
		{"output.weight", []int{width, tokens}, follows},
		{"blk.0.attn_norm.weight", []int{width}, one},
		{"blk.0.attn_q.weight", []int{width, width}, zero},
		{"blk.0.attn_k.weight", []int{width, width}, zero},
		{"blk.0.attn_v.weight", []int{width, width}, zero},
		{"blk.0.attn_output.weight", []int{width, width}, zero},
		{"blk.0.ffn_norm.weight", []int{width}, one},
		{"blk.0.ffn_gate.weight", []int{width, feedForward}, zero},
		{"blk.0.ffn_up.weight", []int{width, feedForward}, zero},
		{"blk.0.ffn_down.weight", []int{feedForward, width}, zero},
	}
}

func (m *model) keys() [][]byte {
	width := m.width()
	return [][]byte{
		key("general.architecture", typeString, "llama"),
		key("general.name", typeString, "scripted"),
		key("llama.context_length", typeUint32, uint32(contextMax)),
		key("llama.embedding_length", typeUint32, uint32(width)),
		key("llama.block_count", typeUint32, uint32(tensorsDepth)),
		key("llama.feed_forward_length", typeUint32, uint32(feedForward)),
		key("llama.attention.head_count", typeUint32, uint32(width/headWidth)),
		key("llama.attention.head_count_kv", typeUint32, uint32(width/headWidth)),
		key("llama.attention.layer_norm_rms_epsilon", typeFloat32, float32(1e-6)),
		key("llama.rope.dimension_count", typeUint32, uint32(headWidth)),
		key("llama.vocab_size", typeUint32, uint32(len(m.tokens))),
		key("tokenizer.ggml.model", typeString, "gpt2"),
		key("tokenizer.ggml.pre", typeString, "gpt-2"),
		key("tokenizer.ggml.tokens", typeArray, m.tokens),
		key("tokenizer.ggml.token_type", typeArray, m.kinds),
		key("tokenizer.ggml.merges", typeArray, []string{"t h"}), // there must be one
		key("tokenizer.ggml.eos_token_id", typeUint32, uint32(m.ids[tokenEnd])),
		key("tokenizer.ggml.add_bos_token", typeBool, false),
		key("tokenizer.chat_template", typeString, template()),
	}
}

func key(name string, kind uint32, value any) []byte {
	var out buffer
	out.text(name)
	out.put(kind)
	switch v := value.(type) {
	case string:
		out.text(v)
	case []string:
		out.put(uint32(typeString))
		out.put(uint64(len(v)))
		for _, s := range v {
			out.text(s)
		}
	case []int32:
		out.put(uint32(typeInt32))
		out.put(uint64(len(v)))
		out.put(v)
	default:
		out.put(v)
	}
	return out.Bytes()
}

// buffer writes GGUF's little-endian values.
type buffer struct{ bytes.Buffer }

func (b *buffer) put(v any) { _ = binary.Write(b, binary.LittleEndian, v) } // a Buffer takes all

func (b *buffer) text(s string) {
	b.put(uint64(len(s)))
	b.WriteString(s)
}

func (b *buffer) align() {
	for b.Len()%ggufAlign != 0 {
		b.WriteByte(0)
	}
}
