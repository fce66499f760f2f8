package genaiclickhouseexporter

import (
	"slices"
	"testing"

	"github.com/ClickHouse/ch-go/proto"
	"github.com/stretchr/testify/require"
)

// Lists that share memory make the same column as copies of them, in a second batch, too.
func TestSharedListsAreWrittenAsCopies(t *testing.T) {
	checks := []string{"a", "b", "c"}
	lists := [][]string{checks, checks, checks[:2], checks, nil, checks, checks[1:], {"c"}, checks, checks}
	shared, copied := newDictionaryLists(), newDictionaryLists()
	for range 2 {
		for _, list := range lists {
			shared.Append(list)
			copied.Append(slices.Clone(list))
		}
		var got, want proto.Buffer
		shared.EncodeColumn(&got)
		copied.EncodeColumn(&want)
		require.Equal(t, want.Buf, got.Buf)
		shared.Reset()
		copied.Reset()
	}
}
