package exchange

// Landmarks are places in a body that who reads it first notes for who reads it again. The zero value has none.
type Landmarks struct{ list []landmark }

// landmark is a run of bytes, in which there are so many of a kind that reader and noter know.
type landmark struct{ from, length, count int32 }

const (
	// LandmarkBytesMin is from which length on runs are noted: shorter ones are found again as fast.
	LandmarkBytesMin = 1 << 10
	// LandmarksMax bounds the landmarks of a body. Runs that come after them are looked for again.
	LandmarksMax = 1 << 10
)

// Note notes a run of bytes, which must lie behind those that were noted before.
func (l *Landmarks) Note(from, length, count int) {
	n := len(l.list)
	if length < LandmarkBytesMin || from+length > 1<<31-1 || n == LandmarksMax || n > 0 && from <= int(l.list[n-1].from) {
		return
	}
	l.list = append(l.list, landmark{int32(from), int32(length), int32(count)})
}

// Find gives the run that begins at from. next is how many were passed before, which is where the search begins, and ends.
func (l *Landmarks) Find(from int, next *int) (length, count int, ok bool) {
	for ; *next < len(l.list); *next++ {
		if at := int(l.list[*next].from); at >= from {
			return int(l.list[*next].length), int(l.list[*next].count), at == from
		}
	}
	return 0, 0, false
}

// Forget takes all landmarks away, for another body.
func (l *Landmarks) Forget() { l.list = l.list[:0] }
