package fidelity

import (
	"sync"

	"github.com/cespare/xxhash/v2"
	lru "github.com/hashicorp/golang-lru/v2/simplelru"
)

// Limits of the schemas that are compiled and kept.
const (
	schemaBytesMax = 64 << 10 // of text
	schemasMax     = 1024
	schemaBytesSum = 32 << 20 // of memory, compiled
	compiledMax    = 4 << 20  // of them, of one call
)

// schemaCache keeps compiled schemas by the hash and length of their text, the ones used last.
type schemaCache struct {
	mu    sync.Mutex
	lru   *lru.LRU[schemaKey, schema]
	bytes int
}

type schemaKey struct {
	hash  uint64
	bytes int
}

func newSchemaCache() *schemaCache {
	c := &schemaCache{}
	c.lru, _ = lru.NewLRU(schemasMax, func(_ schemaKey, s schema) { c.bytes -= s.weight }) // fails only for a size of 0
	return c
}

// get gives the compiled form of a schema's text, or that of none where it is too long or the call has had enough compiled.
// Two goroutines that miss the same one both compile it.
func (c *schemaCache) get(text []byte, spent *account) schema {
	if len(text) > schemaBytesMax {
		return schema{}
	}
	key := schemaKey{xxhash.Sum64(text), len(text)}
	c.mu.Lock()
	found, ok := c.lru.Get(key)
	c.mu.Unlock()
	if ok {
		return found
	}
	if spent.compiled >= compiledMax {
		return schema{}
	}
	made := compile(text)
	spent.compiled += made.weight
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.lru.Contains(key) {
		c.bytes += made.weight
		c.lru.Add(key, made)
	}
	for c.bytes > schemaBytesSum {
		c.lru.RemoveOldest()
	}
	return made
}
