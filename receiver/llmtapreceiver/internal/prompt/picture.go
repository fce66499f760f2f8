package prompt

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
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

// hasLargeImage tells whether a message brings an image whose head says that it is large. Of several in one format the first one
// is looked at. One that only has an address is of unknown size.
func hasLargeImage(message []byte) bool {
	for _, form := range imageForms {
		for _, before := range []byte{',', '"'} { // a data URL, or base64 alone
			_, data, found := bytes.Cut(message, append([]byte{before}, form.begin...))
			if !found {
				continue
			}
			head := append(bytes.Clone(form.begin), data[:min(len(data), imageHeadMax)]...)
			head = bytes.ReplaceAll(head, []byte{'\\'}, nil)
			size, err := form.size(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(head)))
			if err == nil && int64(size.Width)*int64(size.Height) >= largeImagePoints {
				return true
			}
		}
	}
	return false
}
