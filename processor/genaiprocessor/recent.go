package genaiprocessor

// recent is a map of bounded size that forgets what was not used for long: of two generations the newer one is filled,
// and when it is full, the older one is forgotten. At least half of size entries are remembered, size at most.
type recent[K comparable, V any] struct {
	half         int
	newer, older map[K]V
}

func newRecent[K comparable, V any](size int) *recent[K, V] {
	return &recent[K, V]{half: max(size/2, 1), newer: make(map[K]V), older: make(map[K]V)}
}

func (r *recent[K, V]) get(key K) (V, bool) {
	value, ok := r.newer[key]
	if !ok {
		if value, ok = r.older[key]; ok {
			r.put(key, value)
		}
	}
	return value, ok
}

func (r *recent[K, V]) put(key K, value V) {
	if len(r.newer) >= r.half {
		if _, there := r.newer[key]; !there {
			r.newer, r.older = r.older, r.newer
			clear(r.newer)
		}
	}
	r.newer[key] = value
}

func (r *recent[K, V]) len() int { return len(r.newer) + len(r.older) }
