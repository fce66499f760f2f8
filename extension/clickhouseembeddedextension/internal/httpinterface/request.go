package httpinterface

import (
	"cmp"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ClickHouse/ch-go/proto"
	"github.com/google/uuid"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/internal/chdb"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/internal/statement"
)

// queryBytesMax is how much of a request may be the statement, without the rows of an INSERT. The engine's max_query_size, 262,144
// bytes by default, is checked by the engine.
const queryBytesMax = 1 << 20

// query is one statement with all that a request says about running it.
type query struct {
	// tag names the query among those that run; it is ours, while the query's id is the client's choice.
	tag  string
	user User
	// readOnly is set for read-only users and for GET.
	readOnly bool

	text      string
	statement statement.Statement
	// rows are the rest of the body: the rows of an INSERT, behind those in text.
	rows io.Reader

	database      string
	defaultFormat string
	settings      []chdb.Setting
	params        []chdb.Param
	// session is set if the client names a session. There are none: every statement begins anew.
	session bool
	// waitEnd is set if the answer has to be complete before its first byte is sent.
	waitEnd         bool
	protocolVersion int
}

// ownParameters are those of the HTTP interface itself; every other one is a setting.
var ownParameters = []string{
	"query", "database", "default_format", "user", "password", "quota_key", "query_id", "compress", "decompress", "stacktrace",
	"client_protocol_version", "buffer_size", "wait_end_of_query", "session_timeout", "close_session",
}

// readRequest reads the parameters, and of the body as much as is the statement.
func (h *Handler) readRequest(out *response, r *http.Request, user User) (*query, error) {
	parameters, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, exception(proto.ErrBadArguments, "The parameters of the URL cannot be parsed: %v", err)
	}
	q := &query{
		tag: "llmtap-" + uuid.NewString(), user: user,
		readOnly:      user.ReadOnly || r.Method != http.MethodPost,
		database:      cmp.Or(parameters.Get("database"), r.Header.Get("X-ClickHouse-Database")),
		defaultFormat: cmp.Or(parameters.Get("default_format"), r.Header.Get("X-ClickHouse-Format"), "TabSeparated"),
		waitEnd:       isOn(parameters.Get("wait_end_of_query")),
	}
	q.protocolVersion, _ = strconv.Atoi(parameters.Get("client_protocol_version"))
	if err := q.readSettings(parameters); err != nil {
		return nil, err
	}
	out.choose(parameters, r.Header)
	if contentType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); contentType == "multipart/form-data" {
		return nil, notImplemented("External data in multipart/form-data")
	}
	body, err := h.body(out, r, isOn(parameters.Get("decompress")))
	if err != nil {
		return nil, err
	}
	return q, q.readText(parameters.Get("query"), body)
}

func (q *query) readSettings(parameters url.Values) error {
	for name, values := range parameters {
		value := values[len(values)-1]
		switch {
		case slices.Contains(ownParameters, name):
		case strings.HasPrefix(name, "param_"):
			q.params = append(q.params, chdb.Param{Name: strings.TrimPrefix(name, "param_"), Value: value})
		case name == "session_id":
			q.session = true
		case name == "session_check":
			if isOn(value) {
				return notImplemented("A session that is there already (parameter session_check)")
			}
		case name == "role":
			return notImplemented("The parameter role")
		default:
			q.settings = append(q.settings, chdb.Setting{Name: name, Value: value})
		}
	}
	return nil
}

// readText takes the statement from the URL and, behind it, from the body: an INSERT ends where its rows begin, everything else with the body.
func (q *query) readText(inURL string, body io.Reader) error {
	q.text, q.rows = inURL, body
	q.statement = statement.Parse(inURL)
	if q.statement.Insert {
		if q.statement.Data < len(q.text) {
			q.text += "\n"
		}
		return nil
	}
	head, err := io.ReadAll(io.LimitReader(body, queryBytesMax+1))
	if err != nil {
		return err
	}
	if len(head) == 0 {
		return nil
	}
	if inURL != "" {
		inURL += "\n"
	}
	q.text = inURL + string(head)
	q.statement = statement.Parse(q.text)
	if !q.statement.Insert && len(q.text) > queryBytesMax {
		return exception(proto.ErrSyntaxError, "Max query size exceeded (at most %d bytes)", queryBytesMax)
	}
	return nil
}

func isOn(value string) bool { return value == "1" || strings.EqualFold(value, "true") }
