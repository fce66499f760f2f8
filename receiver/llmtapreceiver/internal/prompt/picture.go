package prompt

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// largeImagePoints is what an image has that any model takes for more than a few tokens.
const largeImagePoints = 512 * 512

// imageHeadMax is up to where the head of an image is looked for, in bytes of base64: cameras write much before the size.
const imageHeadMax = 64 << 10

// imageForms are the beginnings of images in base64, where some escape the slash.
var imageForms = []struct {
	begin []byte
	size  func(io.Reader) (image.Config, error)
}{
	{[]byte("iVBORw0KGgo"), png.DecodeConfig},
	{[]byte("/9j/"), jpeg.DecodeConfig},
	{[]byte(`\/9j\/`), jpeg.DecodeConfig},
	{[]byte("R0lGOD"), gif.DecodeConfig},
}

// imageDepthMax is how deep an image stands in a message: Anthropic's in the result of a tool, seven deep.
const imageDepthMax = 8

// imageBeginMax is within what of a string an image begins: after the media type of a data URL, if not at once.
const imageBeginMax = 128

// hasLargeImage tells whether a message brings an image whose head says that it is large. One that only has an address is of
// unknown size.
func hasLargeImage(message []byte) bool {
	r := jsonscan.New(message)
	return findLargeImage(&r, imageDepthMax)
}

func findLargeImage(r *jsonscan.Reader, depth int) bool {
	switch kind := r.Kind(); {
	case kind == jsonscan.String:
		text, _ := r.Inside()
		return isLargeImage(text)
	case depth == 0:
		r.Skip()
	case kind == jsonscan.Object:
		for range r.Object {
			if findLargeImage(r, depth-1) {
				return true
			}
		}
	case kind == jsonscan.Array:
		for range r.Array {
			if findLargeImage(r, depth-1) {
				return true
			}
		}
	default:
		r.Skip()
	}
	return false
}

func isLargeImage(text []byte) bool {
	if before, _, found := bytes.Cut(text[:min(len(text), imageBeginMax)], []byte(",")); found {
		text = text[len(before)+len(","):] // of a data URL
	}
	for _, form := range imageForms {
		if !bytes.HasPrefix(text, form.begin) {
			continue
		}
		head := bytes.ReplaceAll(text[:min(len(text), imageHeadMax)], []byte{'\\'}, nil)
		size, err := form.size(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(head)))
		return err == nil && int64(size.Width)*int64(size.Height) >= largeImagePoints
	}
	return false
}
