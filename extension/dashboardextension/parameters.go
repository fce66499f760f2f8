package dashboardextension

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/llmtap/llmtap/dashboards"
)

// Limits of what a browser may ask.
const (
	pointsMax      = 160  // steps of time in a plot
	valuesMax      = 100  // values of a variable
	valueBytesMax  = 1024 // of one value, like the columns themselves
	everything     = "*"  // the value of a list in which nothing is chosen
	rangeSecondMax = 10 * 366 * 24 * 3600
)

// steps of time that plots are drawn in.
var steps = []time.Duration{
	time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour,
	3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 28 * 24 * time.Hour,
}

// parameters are those that a query binds, read from the address of a request.
func parameters(set *dashboards.Set, sql dashboards.SQL, shortest time.Duration, asked url.Values) (url.Values, error) {
	from, err1 := strconv.ParseUint(asked.Get("from"), 10, 32)
	to, err2 := strconv.ParseUint(asked.Get("to"), 10, 32)
	if err := errors.Join(err1, err2); err != nil {
		return nil, errors.New("from and to have to be seconds since 1970")
	}
	if from >= to || to-from > rangeSecondMax {
		return nil, errors.New("to has to be after from, and at most ten years")
	}
	bound := url.Values{
		"from": {strconv.FormatUint(from, 10)}, "to": {strconv.FormatUint(to, 10)},
		"interval": {strconv.Itoa(int(step(time.Duration(to-from)*time.Second, shortest).Seconds()))},
	}
	for _, name := range sql.Variables() {
		values := asked[name]
		if len(values) > valuesMax {
			return nil, fmt.Errorf("%s has %d values: at most %d are possible", name, len(values), valuesMax)
		}
		for _, value := range values {
			if len(value) > valueBytesMax {
				return nil, fmt.Errorf("a value of %s has %d bytes: at most %d are possible", name, len(value), valueBytesMax)
			}
		}
		if !set.Variables[name].IsList() {
			bound.Set(name, escape(asked.Get(name)))
			continue
		}
		if len(values) == 0 {
			values = []string{everything}
		}
		bound.Set(name, array(values))
	}
	return bound, nil
}

// step is the shortest of the steps that cut a range into few enough points.
func step(length, shortest time.Duration) time.Duration {
	for _, step := range steps {
		if step >= shortest && math.Ceil(float64(length)/float64(step)) <= pointsMax {
			return step
		}
	}
	return steps[len(steps)-1]
}

var (
	escapes = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`, "\x00", `\0`)
	quotes  = strings.NewReplacer(`\`, `\\`, `'`, `\'`)
)

// escape writes a text as ClickHouse reads a parameter: like a field of its format TSV.
func escape(text string) string { return escapes.Replace(text) }

// array writes texts as ClickHouse reads a parameter of type Array(String), which it does not unescape as a whole.
func array(values []string) string {
	quoted := make([]string, len(values))
	for i, value := range values {
		quoted[i] = "'" + quotes.Replace(value) + "'"
	}
	return "[" + strings.Join(quoted, ",") + "]"
}
