package clickhouseembeddedtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
	client "github.com/ClickHouse/clickhouse-go/v2/lib/proto"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/internal/chdb"
)

// revision is that of the native protocol which is spoken: the newest that clickhouse-go knows.
const revision = client.DBMS_TCP_PROTOCOL_VERSION

// nativeConn is the connection of one client.
type nativeConn struct {
	server *Native
	conn   net.Conn
	reader *proto.Reader
	out    proto.Buffer
	hello  proto.ClientHello
}

func (c *nativeConn) serve() error {
	if err := c.greet(); err != nil {
		return err
	}
	for {
		code, err := c.reader.UVarInt()
		if err != nil {
			return err
		}
		switch proto.ClientCode(code) {
		case proto.ClientCodePing:
			proto.ServerCodePong.Encode(&c.out)
		case proto.ClientCodeQuery:
			if err := c.query(); err != nil {
				return err
			}
		default:
			return fmt.Errorf("packet %d is not expected", code)
		}
		if err := c.flush(); err != nil {
			return err
		}
	}
}

// greet has the engine check who it is.
func (c *nativeConn) greet() error {
	if code, err := c.reader.UVarInt(); err != nil || proto.ClientCode(code) != proto.ClientCodeHello {
		return fmt.Errorf("packet %d is no hello: %w", code, err)
	}
	if err := c.hello.Decode(c.reader); err != nil {
		return err
	}
	if _, err := c.ask(&proto.Query{Body: "SELECT 1"}, nil); err != nil {
		c.except(err)
		return errors.Join(err, c.flush())
	}
	hello := proto.ServerHello{Name: "ClickHouse", Major: 26, Minor: 7, Revision: revision, Timezone: "UTC", DisplayName: "test"}
	hello.EncodeAware(&c.out, revision)
	if err := c.flush(); err != nil {
		return err
	}
	_, err := c.reader.Str() // the addendum: a quota key
	return err
}

func (c *nativeConn) flush() error {
	_, err := c.conn.Write(c.out.Buf)
	c.out.Reset()
	return err
}

var insertion = regexp.MustCompile(`^INSERT INTO (\S+) \(([^)]+)\) FORMAT Native$`)

// query carries out a statement and leaves the end of its answer in the buffer.
func (c *nativeConn) query() error {
	var q proto.Query
	if err := q.DecodeAware(c.reader, revision); err != nil {
		return err
	}
	if _, err := c.block(q.Compression); err != nil { // the end of the external tables
		return err
	}
	var failure error
	if into := insertion.FindStringSubmatch(q.Body); into != nil {
		rows, err := c.take(&q, into[1], into[2])
		if err != nil {
			return err
		}
		_, failure = c.ask(&q, rows)
	} else {
		failure = c.pass(&q)
	}
	if c.server.Cut(q.Body) {
		return errors.New("cut")
	}
	if failure != nil {
		c.except(failure)
		return nil
	}
	proto.ServerCodeEndOfStream.Encode(&c.out)
	return nil
}

// head is a block without rows, with the columns that a query answers.
func (c *nativeConn) head(q proto.Query) (*client.Block, error) {
	q.Body += " FORMAT TSVWithNamesAndTypes"
	answer, err := c.ask(&q, nil)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(string(answer), "\n")
	types := strings.Split(lines[1], "\t")
	block := client.NewBlock()
	for i, name := range strings.Split(lines[0], "\t") {
		// A tab-separated type has its quotes escaped.
		if err := block.AddColumn(name, column.Type(strings.ReplaceAll(types[i], `\'`, "'"))); err != nil {
			return nil, err
		}
	}
	return block, nil
}

// take tells the client the columns of a table, and gives the rows that it sends in the format Native.
func (c *nativeConn) take(q *proto.Query, table, columns string) (rows []byte, err error) {
	sample, err := c.head(proto.Query{Body: "SELECT " + columns + " FROM " + table + " LIMIT 0"})
	if err != nil {
		c.except(err)
		return nil, errors.Join(err, c.flush())
	}
	if err := errors.Join(c.send(sample, q.Compression), c.flush()); err != nil {
		return nil, err
	}
	var plain proto.Buffer
	for {
		block, err := c.block(q.Compression)
		if err != nil || block.Rows() == 0 {
			return plain.Buf, err
		}
		if err := block.Encode(&plain, 0); err != nil {
			return nil, err
		}
	}
}

// block reads a packet of data.
func (c *nativeConn) block(compression proto.Compression) (*client.Block, error) {
	code, err := c.reader.UVarInt()
	if err != nil || proto.ClientCode(code) != proto.ClientCodeData {
		return nil, fmt.Errorf("packet %d is no data: %w", code, err)
	}
	var data proto.ClientData
	if err := data.DecodeAware(c.reader, revision); err != nil {
		return nil, err
	}
	if compression == proto.CompressionEnabled {
		c.reader.EnableCompression()
		defer c.reader.DisableCompression()
	}
	block := client.NewBlock()
	return block, block.Decode(c.reader, revision)
}

// pass sends the blocks of the engine's answer on; one without rows, as a server sends it, if a SELECT finds nothing.
func (c *nativeConn) pass(q *proto.Query) error {
	answer, err := c.ask(q, nil)
	if err != nil {
		return err
	}
	if len(answer) == 0 && strings.HasPrefix(strings.TrimSpace(q.Body), "SELECT") {
		block, err := c.head(*q)
		if err != nil {
			return err
		}
		return c.send(block, q.Compression)
	}
	for reader := proto.NewReader(bytes.NewReader(answer)); ; {
		block := client.NewBlock()
		if err := block.Decode(reader, 0); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := c.send(block, q.Compression); err != nil {
			return err
		}
	}
}

// send writes a packet of data.
func (c *nativeConn) send(block *client.Block, compression proto.Compression) error {
	proto.ServerCodeData.Encode(&c.out)
	c.out.PutString("")
	begin := len(c.out.Buf)
	if err := c.encode(block); err != nil || compression == proto.CompressionDisabled {
		return err
	}
	frames := compress.NewWriter(compress.LevelZero, compress.LZ4)
	if err := frames.Compress(c.out.Buf[begin:]); err != nil {
		return err
	}
	c.out.Buf = append(c.out.Buf[:begin], frames.Data...)
	return nil
}

// encode leaves the states of columns out where there are no rows, as a server does and the client does not.
func (c *nativeConn) encode(block *client.Block) error {
	if block.Rows() > 0 {
		return block.Encode(&c.out, revision)
	}
	err := block.EncodeHeader(&c.out, revision)
	for _, column := range block.Columns {
		c.out.PutString(column.Name())
		c.out.PutString(string(column.Type()))
		c.out.PutBool(false) // no serialization of its own
	}
	return err
}

func (c *nativeConn) except(err error) {
	exception := proto.Exception{Name: "DB::Exception", Message: err.Error()}
	if refused, ok := errors.AsType[*chdb.Error](err); ok {
		exception.Code = refused.Code
	}
	proto.ServerCodeException.Encode(&c.out)
	exception.EncodeAware(&c.out, revision)
}

var unquoted = strings.NewReplacer(`\\`, `\`, `\'`, `'`)

// ask puts a statement to the engine over HTTP, with rows if it is an INSERT.
func (c *nativeConn) ask(q *proto.Query, rows []byte) (answer []byte, err error) {
	parameters := url.Values{"default_format": {"Native"}, "query_id": {q.ID}}
	for _, setting := range q.Settings {
		parameters.Set(setting.Key, setting.Value)
	}
	for _, p := range q.Parameters {
		parameters.Set("param_"+p.Key, unquoted.Replace(strings.TrimSuffix(strings.TrimPrefix(p.Value, "'"), "'")))
	}
	body := strings.NewReader(q.Body)
	if rows != nil {
		parameters.Set("query", q.Body)
		body = strings.NewReader(string(rows))
	}
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://"+c.server.engine+"/?"+parameters.Encode(), body)
	if err != nil {
		return nil, err
	}
	request.Close = true
	request.Header.Set("X-ClickHouse-User", c.hello.User)
	request.Header.Set("X-ClickHouse-Key", c.hello.Password)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if answer, err = io.ReadAll(response.Body); response.StatusCode != http.StatusOK {
		code, _ := strconv.Atoi(response.Header.Get("X-ClickHouse-Exception-Code"))
		return nil, errors.Join(&chdb.Error{Code: proto.Error(code), Message: string(answer)}, err)
	}
	return answer, err
}
