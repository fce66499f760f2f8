package settings

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configtls"
	"go.opentelemetry.io/collector/confmap"
)

type Limits struct {
	Size    int   `mapstructure:"size"`
	Bytes   int64 `mapstructure:"bytes"`
	Small   int8  `mapstructure:"small"`
	Percent uint8 `mapstructure:"percent"`
	Max     *int  `mapstructure:"max"`

	InnerWait time.Duration `mapstructure:"inner_wait"`
}

type Squashed struct {
	Workers int `mapstructure:"workers"`
}

type age time.Duration

func (a *age) UnmarshalText([]byte) error { *a = 7; return nil }

type config struct {
	Squashed `mapstructure:",squash"`
	Limits   `mapstructure:",squash"`
	Memory   uint64                          `mapstructure:"memory"`
	Inner    Limits                          `mapstructure:"inner"`
	Optional configoptional.Optional[Limits] `mapstructure:"optional"`
	List     []Limits                        `mapstructure:"list"`
	Named    map[string]Limits               `mapstructure:"named"`
	Sizes    []int                           `mapstructure:"sizes"`
	Wait     time.Duration                   `mapstructure:"wait"`
	Keep     age                             `mapstructure:"keep"`
	Share    float64                         `mapstructure:"share"`
	Name     string                          `mapstructure:"name"`
	Secret   configopaque.String             `mapstructure:"secret"`
	From     time.Time                       `mapstructure:"from"`
	On       bool                            `mapstructure:"on"`
	Own      Own                             `mapstructure:"own"`
	ID       *component.ID                   `mapstructure:"id"`
}

// Own reads itself, as sections of the Collector's own do.
type Own struct {
	Client configtls.ClientConfig         `mapstructure:"client"`
	Pairs  map[string]configopaque.String `mapstructure:"pairs"`
}

func (o *Own) Unmarshal(conf *confmap.Conf) error { return conf.Unmarshal(o) }

func (c *config) Unmarshal(conf *confmap.Conf) error { return Unmarshal(conf, c) }

func read(t *testing.T, text string) (config, error) {
	t.Helper()
	retrieved, err := confmap.NewRetrievedFromYAML([]byte(text))
	require.NoError(t, err)
	conf, err := retrieved.AsConf()
	require.NoError(t, err)
	var c config
	err = conf.Unmarshal(&c)
	return c, err
}

func TestWhatIsWholeIsTakenHoweverItIsWritten(t *testing.T) {
	for text, want := range map[string]int{
		"100": 100, "10_000": 10_000, "1e6": 1_000_000, "1.0": 1, "0x10": 16, "-3": -3, "9223372036854775807": 1<<63 - 1, "-9223372036854775808": -1 << 63,
	} {
		c, err := read(t, "size: "+text)
		require.NoError(t, err, text)
		require.Equal(t, want, c.Size, text)
	}
	c, err := read(t, "{memory: 18446744073709551615, small: -128, percent: 255, max: 5, share: 1.5, wait: 5s, keep: 3d, name: \"1.5\", size: }")
	require.NoError(t, err)
	require.Equal(t, uint64(1<<64-1), c.Memory)
	require.Equal(t, int8(-128), c.Small)
	require.Equal(t, uint8(255), c.Percent)
	require.Equal(t, 5, *c.Max)
	require.Equal(t, age(7), c.Keep)
	_, err = read(t, "")
	require.NoError(t, err)
}

func TestWhatWouldBeCutIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"size: 1.5":                     "size: 1.5 is no whole number; give one",
		"size: .inf":                    "size: +Inf is no whole number; give one",
		"size: .nan":                    "size: NaN is no whole number; give one",
		"size: '100'":                   `size: "100" is text; give a whole number, without quotes`,
		"size: 1e30":                    "size: 1e+30 is out of range; give -9223372036854775808 to 9223372036854775807",
		"bytes: 9223372036854775808":    "bytes: 9223372036854775808 is out of range; give -9223372036854775808 to 9223372036854775807",
		"bytes: -9.3e18":                "bytes: -9.3e+18 is out of range; give -9223372036854775808 to 9223372036854775807",
		"memory: 18446744073709551616":  "memory: 1.8446744073709552e+19 is out of range; give 0 to 18446744073709551615",
		"memory: -1":                    "memory: -1 is out of range; give 0 to 18446744073709551615",
		"small: 128":                    "small: 128 is out of range; give -128 to 127",
		"percent: 256":                  "percent: 256 is out of range; give 0 to 255",
		"max: 0.5":                      "max: 0.5 is no whole number; give one",
		"workers: 2.5":                  "workers: 2.5 is no whole number; give one",
		"inner: {size: 1.5}":            "inner::size: 1.5 is no whole number; give one",
		"optional: {size: 1.5}":         "optional::size: 1.5 is no whole number; give one",
		"list: [{size: 1}, {size: .5}]": "list::1::size: 0.5 is no whole number; give one",
		"named: {a: {size: 1.5}}":       "named::a::size: 1.5 is no whole number; give one",
		"sizes: [1, 1.5]":               "sizes::1: 1.5 is no whole number; give one",
		"{size: 1.5, workers: 1.5}":     "workers: 1.5 is no whole number; give one\nsize: 1.5 is no whole number; give one",
	} {
		_, err := read(t, text)
		require.ErrorContains(t, err, want, text)
	}
}

// The Collector takes a number without a unit for nanoseconds.
func TestNumberWithoutUnitIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"wait: 5":                    "wait: 5ns is too short; give the number with its unit, such as 5s",
		"wait: 5.0":                  "wait: 5ns is too short",
		"wait: 999999ns":             "wait: 999.999µs is too short",
		"inner: {inner_wait: 300e3}": "inner::inner_wait: 300µs is too short",
	} {
		_, err := read(t, text)
		require.ErrorContains(t, err, want, text)
	}
	for text, want := range map[string]time.Duration{"wait: 1ms": time.Millisecond, "wait: 1000000": time.Millisecond, "wait: -1": -1, "wait: 0": 0} {
		c, err := read(t, text)
		require.NoError(t, err, text)
		require.Equal(t, want, c.Wait, text)
	}
}

// What the Collector refuses, or would cut, is told in the words of a configuration, and no value that may be a secret is shown.
func TestWhatDoesNotFitIsToldInTheWordsOfAConfiguration(t *testing.T) {
	for text, want := range map[string]string{
		"size: true":               "size: is true or false; give a number, without quotes",
		"size: [1]":                "size: is a list; give a number, without quotes",
		"share: '0.5'":             "share: is text; give a number, without quotes",
		"on: 'true'":               "on: is text; give true or false, without quotes",
		"id: 12345":                "id: is a number; give text, in quotes",
		"id: {a: 12345}":           "id::a: is no setting here; remove or correct it",
		"name: 5":                  "name: is a number; give text, in quotes",
		"name: 2026-06-01":         "name: is a date; give text, in quotes",
		"secret: 12345":            "secret: is a number; give text, in quotes",
		"secret: [12345]":          "secret: is a list; give text, in quotes",
		"inner: 5":                 "inner: is a number; give a section with keys of its own",
		"named: {a: 12345}":        "named::a: is a number; give a section with keys of its own",
		"list: {size: 1}":          "list: is a section; give a list, such as [a, b]",
		"list: 12345":              "list: is a number; give a list, such as [a, b]",
		"list: [{size: 1, no: 5}]": "list::0::no: is no setting here; remove or correct it",
		"{no: 12345, nor: 5}":      "no: is no setting here; remove or correct it\nnor: is no setting here; remove or correct it",
		"optional: {no: 1}":        "optional::no: is no setting here; remove or correct it",
		"optional: 5":              "optional: is a number; give a section with keys of its own",
		"own: 5":                   "own: is a number; give a section with keys of its own",
		"own: {pairs: {a: 12345}}": "own::pairs::a: is a number; give text, in quotes",
		"{own: {no: 1, client: {nor: 1}}, nope: 1}": "own::client::nor: is no setting here; remove or correct it\n" +
			"own::no: is no setting here; remove or correct it\nnope: is no setting here; remove or correct it",
		"wait: 7d":           `wait: "7d" is no duration; give a number with its unit, ms, s, m or h, such as 168h`,
		"wait: ''":           `wait: "" is no duration; give a number with its unit, ms, s, m or h, such as 168h`,
		"wait: 0.5":          "wait: 0.5 is no duration; give a number with its unit, ms, s, m or h, such as 168h",
		"wait: true":         "wait: true is no duration; give",
		"from: '2026-06-01'": `from: "2026-06-01" is no time; give a date without quotes, such as 2026-06-01, or a time such as "2026-06-01T00:00:00Z"`,
		"from: 5":            "from: 5 is no time; give a date without quotes, such as 2026-06-01",
	} {
		_, err := read(t, text)
		require.ErrorContains(t, err, want, text)
		for _, internal := range []string{"12345", "settings.", "configtls", "Own.", "decoding failed due to the following error(s):\n\n'' d"} {
			require.NotContains(t, err.Error(), internal, text)
		}
	}
	for _, text := range []string{"from: 2026-06-01", "from: '2026-06-01T00:00:00Z'", "id: a/b", "id: ", "wait: 1.5h", "wait: '0'", "wait: "} {
		_, err := read(t, text)
		require.NoError(t, err, text)
	}
}

// The list of a file stands under its name. Without it, or in what is no YAML, the error says what to write.
func TestFileWithoutItsListIsToldWhatToWrite(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		var file struct {
			List []Limits `mapstructure:"list"`
		}
		require.EqualError(t, UnmarshalFile([]byte(text), "list", &file), want)
	}
	f("- {size: 1}", "is a list; give list: and the list under it")
	f("[]", "is a list; give list: and the list under it")
	f("5", "is a number; give list: and the list under it")
	f("list", "is text; give list: and the list under it")
	f("list: - size", "is no YAML; give list: and the list under it: yaml: block sequence entries are not allowed in this context")
	f("list:\n\t- {size: 1}", "is no YAML; give list: and the list under it: yaml: line 2: found character that cannot start any token")
	f("", "list: needed; an empty list is []")
	f("sizes: []", "sizes: is no setting here; remove or correct it")
}
