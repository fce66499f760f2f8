package llmtapreceiver

import (
	"net/http"
	"strings"
	"sync"
	"unicode"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// servers remembers what software each upstream is, from what passes the tap: Server headers of calls, and answers to
// clients that asked the server for its models or version. The tap asks nothing of its own. Of an upstream that is
// several servers the last one counts.
type servers struct {
	mu    sync.RWMutex
	known map[string]server // by upstream; no more than there are configured
}

type server struct{ software, version string }

func (s server) String() string { return strings.TrimSpace(s.software + " " + s.version) }

// serverBytesMax bounds what is kept of a name or version.
const serverBytesMax = 64

// tellsServer tells requests whose answer says what software the server is, and are no model calls.
func tellsServer(method, path string) bool {
	return method == http.MethodGet && (strings.HasSuffix(path, "/models") || strings.HasSuffix(path, "/version"))
}

// owners are the softwares by how they sign the models that they serve.
var owners = map[string]string{
	"vllm": "vllm", "sglang": "sglang", "llamacpp": "llama.cpp", "library": "ollama", "organization_owner": "lmstudio",
}

// learn reads an answer, free of content coding, if it is to a request that tellsServer.
func (s *servers) learn(x *exchange.Exchange) {
	path := x.Path()
	if x.Status != http.StatusOK || x.Response.Truncated || !tellsServer(x.Method, path) {
		return
	}
	r := jsonscan.New(x.Response.Body)
	var found server
	for key := range r.Object {
		switch string(key) {
		case "version":
			found.version = serverText(r.Text())
		case "data":
			found.software = softwareOf(&r)
		}
	}
	if found.version != "" && strings.HasSuffix(path, "/api/version") {
		found.software = "ollama"
	}
	if r.Err() == nil {
		s.add(x.Upstream, found)
	}
}

// softwareOf reads a list of models.
func softwareOf(r *jsonscan.Reader) (software string) {
	for range r.Array {
		for key := range r.Object {
			if string(key) == "owned_by" {
				if name := owners[string(r.Text())]; name != "" {
					software = name
				}
			}
		}
	}
	return software
}

// add joins what is new with what is known: the software and its version are told in different answers.
func (s *servers) add(upstream string, found server) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.known[upstream]
	if found.software != "" {
		known.software = found.software
	}
	if found.version != "" {
		known.version = found.version
	}
	if known == (server{}) {
		return
	}
	if s.known == nil {
		s.known = make(map[string]server)
	}
	s.known[upstream] = known
}

// put notes the server's software and version in a call, as the answer's own header or fingerprint says or as is known of the
// upstream. llama.cpp names itself in a header and its build in the answer.
func (s *servers) put(answer *exchange.Message, call *genai.Call) {
	if call.ServerVersion = announced(answer.Get("server")); call.ServerVersion == "" {
		call.ServerVersion = s.of(call)
	}
	if call.ServerVersion == "llama.cpp" && strings.HasPrefix(call.SystemFingerprint, "b") && len(call.SystemFingerprint) <= serverBytesMax {
		call.ServerVersion += " " + call.SystemFingerprint
	}
}

// of gives the software that signs an answer, or what is known of the upstream where that has the version, too.
func (s *servers) of(call *genai.Call) string {
	by := signer(call.SystemFingerprint)
	if by.version == "" {
		s.mu.RLock()
		known := s.known[call.Upstream]
		s.mu.RUnlock()
		if by.software == "" || by.software == known.software {
			by = known
		}
	}
	return by.String()
}

// signer gives the server by whose name a fingerprint begins: vLLM's, since 0.21, is of its version, how it is distributed and a
// hash of its configuration, or what its operator writes there.
func signer(fingerprint string) server {
	if fingerprint == "fp_ollama" {
		return server{software: "ollama"}
	}
	rest, ok := strings.CutPrefix(fingerprint, "vllm-")
	version, _, whole := strings.Cut(rest, "-")
	if !ok || !whole || len(version) > serverBytesMax || strings.IndexFunc(version, unicode.IsDigit) != 0 {
		return server{}
	}
	return server{"vllm", version}
}

// announced gives the value of a Server header when it names a model server; in other values a gateway or library does.
func announced(header []byte) string {
	if genai.ServerOf(header) == "" {
		return ""
	}
	return serverText(header)
}

func serverText(text []byte) string {
	if len(text) > serverBytesMax {
		return ""
	}
	return jsonscan.ValidUTF8(text)
}
