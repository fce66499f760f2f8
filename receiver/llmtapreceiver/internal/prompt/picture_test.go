package prompt

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLargeImages(t *testing.T) {
	picture := func(side int) image.Image {
		return image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.Black, color.White})
	}
	encode := map[string]func(*bytes.Buffer, image.Image) error{
		"png":  func(w *bytes.Buffer, m image.Image) error { return png.Encode(w, m) },
		"jpeg": func(w *bytes.Buffer, m image.Image) error { return jpeg.Encode(w, m, nil) },
		"gif":  func(w *bytes.Buffer, m image.Image) error { return gif.Encode(w, m, nil) },
	}
	f := func(want bool, side int, around, from, to string) {
		t.Helper()
		for form, encode := range encode {
			var out bytes.Buffer
			require.NoError(t, encode(&out, picture(side)))
			data := strings.ReplaceAll(base64.StdEncoding.EncodeToString(out.Bytes()), from, to)
			before, after, _ := strings.Cut(around, "DATA")
			require.Equal(t, want, hasLargeImage([]byte(before+data+after)), "%s of %d", form, side)
		}
	}
	const url, alone = `{"content":[{"type":"image_url","image_url":{"url":"data:image/x;base64,DATA"}}]}`, `{"images":["DATA"]}`
	f(true, 512, url, "", "")
	f(true, 600, alone, "", "")
	f(true, 512, url, "/", `\/`)
	f(false, 511, url, "", "")
	f(false, 30, alone, "", "")
	require.False(t, hasLargeImage([]byte(`{"url":"https://x/9j/picture.png"}`)))
	require.False(t, hasLargeImage([]byte(`{"url":"data:image/png;base64,iVBORw0KGgo"}`)))
	require.False(t, hasLargeImage([]byte(`{"data":"/9j/`+strings.Repeat("A", 100)+`"}`)))
	f(true, 512, strings.Repeat("[", imageDepthMax)+`"DATA"`+strings.Repeat("]", imageDepthMax), "", "")
	f(false, 512, strings.Repeat("[", imageDepthMax+1)+`"DATA"`+strings.Repeat("]", imageDepthMax+1), "", "")
	require.False(t, hasLargeImage(bytes.Repeat([]byte("["), 16<<20)))
}

func BenchmarkLargeImageOf4MB(b *testing.B) {
	message := []byte(`{"content":[{"image_url":{"url":"data:image/webp;base64,` + strings.Repeat("UklGRiQAAABXRUJQ", 4<<16) + `"}}]}`)
	b.SetBytes(int64(len(message)))
	for b.Loop() {
		hasLargeImage(message)
	}
}
