package grafanatest

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/data/sqlutil"
	"github.com/grafana/macropro"
	"github.com/grafana/sqlds/v5"
	"github.com/stretchr/testify/require"
)

// driver connects Grafana's engine for SQL data sources to a ClickHouse, as a user who can only read.
type driver struct{ address string }

func (d driver) Connect(context.Context, backend.DataSourceInstanceSettings, json.RawMessage) (*sql.DB, error) {
	return clickhouse.OpenDB(&clickhouse.Options{
		Addr: []string{d.address}, Protocol: clickhouse.HTTP,
		Auth: clickhouse.Auth{Database: "llmtap", Username: "dashboards", Password: "p"},
	}), nil
}

func (driver) Settings(context.Context, backend.DataSourceInstanceSettings) sqlds.DriverSettings {
	return sqlds.DriverSettings{FillMode: &data.FillMissing{Mode: data.FillModeNull}, Timeout: time.Minute}
}

func (driver) Macros() sqlds.Macros { return nil }

// Converters are for columns that can be NULL, which the data source has its own for too.
func (driver) Converters() []sqlutil.Converter {
	return []sqlutil.Converter{
		nullable[uint32]("UInt32", data.FieldTypeNullableUint32), nullable[uint64]("UInt64", data.FieldTypeNullableUint64),
		nullable[float64]("Float64", data.FieldTypeNullableFloat64), nullable[time.Time]("DateTime", data.FieldTypeNullableTime),
	}
}

func nullable[T any](name string, field data.FieldType) sqlutil.Converter {
	return sqlutil.Converter{
		Name: name, InputScanType: reflect.TypeFor[**T](), InputTypeRegex: regexp.MustCompile(`^Nullable\(` + name + `(\(.*\))?\)$`),
		FrameConverter: sqlutil.FrameConverter{
			FieldType: field, ConverterFunc: func(in any) (any, error) { return *in.(**T), nil },
		},
	}
}

type none struct{}

// macros are those of the ClickHouse data source, as its documentation gives them.
func macros() macropro.MacroMap[none] {
	seconds := func(t time.Time) string { return fmt.Sprintf("toDateTime(%d)", t.Unix()) }
	steps := func(q macropro.QueryContext[none]) int { return int(math.Max(q.Interval.Seconds(), 1)) }
	return macropro.MergeMacros(macropro.DefaultMacros[none](), macropro.MacroMap[none]{
		"fromTime": func(q macropro.QueryContext[none], _ []string) (string, error) { return seconds(q.TimeRange.From), nil },
		"toTime":   func(q macropro.QueryContext[none], _ []string) (string, error) { return seconds(q.TimeRange.To), nil },
		"timeFilter": func(q macropro.QueryContext[none], args []string) (string, error) {
			return fmt.Sprintf("%s >= %s AND %s <= %s", args[0], seconds(q.TimeRange.From), args[0], seconds(q.TimeRange.To)), nil
		},
		"timeInterval": func(q macropro.QueryContext[none], args []string) (string, error) {
			return fmt.Sprintf("toStartOfInterval(toDateTime(%s), INTERVAL %d second)", args[0], steps(q)), nil
		},
		"interval_s": func(q macropro.QueryContext[none], _ []string) (string, error) { return strconv.Itoa(steps(q)), nil },
	})
}

// grafana is a data source with the time range and step of a dashboard.
type grafana struct {
	source   *sqlds.SQLDatasource
	settings backend.DataSourceInstanceSettings
	from, to time.Time
	interval time.Duration
}

func newGrafana(t *testing.T, address string, from, to time.Time, interval time.Duration) *grafana {
	t.Helper()
	source := sqlds.NewDatasource(driver{address})
	source.Interpolator = func(_ context.Context, query *sqlutil.Query, _ json.RawMessage) (string, error) {
		return macropro.Interpolate(query.RawSQL, macros(), macropro.QueryContext[none]{
			TimeRange: macropro.TimeRange{From: query.TimeRange.From, To: query.TimeRange.To}, Interval: query.Interval,
		})
	}
	settings := backend.DataSourceInstanceSettings{UID: "llmtap-clickhouse", Name: "llmtap", JSONData: []byte("{}")}
	_, err := source.NewDatasource(t.Context(), settings)
	require.NoError(t, err)
	t.Cleanup(source.Dispose)
	return &grafana{source: source, settings: settings, from: from, to: to, interval: interval}
}

// query gives the frames of a query model, in which the browser has put the variables already.
func (g *grafana) query(t *testing.T, model map[string]any) data.Frames {
	t.Helper()
	text, err := json.Marshal(model)
	require.NoError(t, err)
	answer, err := g.source.QueryData(t.Context(), &backend.QueryDataRequest{
		PluginContext: backend.PluginContext{DataSourceInstanceSettings: &g.settings},
		Queries: []backend.DataQuery{{
			RefID: "A", TimeRange: backend.TimeRange{From: g.from, To: g.to}, Interval: g.interval, MaxDataPoints: 1000, JSON: text,
		}},
	})
	require.NoError(t, err)
	require.NoError(t, answer.Responses["A"].Error, model["rawSql"])
	return answer.Responses["A"].Frames
}

// everything is the value of a variable for which All is chosen.
var everything = []string{"$__all"}

// fill does what Grafana's browser does with ${name:queryparam}: var-name=value, joined with &, where the values are escaped as
// AngularJS did it.
func fill(model map[string]any, variables map[string][]string) map[string]any {
	angular := strings.NewReplacer("+", "%20", "%40", "@", "%3A", ":", "%24", "$", "%2C", ",", "%3B", ";")
	filled := maps.Clone(model)
	text := model["rawSql"].(string)
	for name, values := range variables {
		var parameters []string
		for _, value := range values {
			parameters = append(parameters, "var-"+name+"="+angular.Replace(url.QueryEscape(value)))
		}
		text = strings.ReplaceAll(text, "${"+name+":queryparam}", strings.Join(parameters, "&"))
	}
	filled["rawSql"] = text
	return filled
}
