package llmtapreceiver

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
)

// paths tells by its path which API a request calls.
type paths struct {
	prefixes []string              // patterns of what stands before an API's own path
	last     atomic.Pointer[found] // what was found last, which most requests ask for again
}

// found is the API that a path calls.
type found struct {
	method, path string
	api          *api
	model        string
}

func newPaths(prefixes []string) *paths { return &paths{prefixes: prefixes} }

// api gives the API of a request, by its path without query and upstream prefix, and the model that the path names.
// It is nil when the request is no model call.
func (p *paths) api(method, path string) (_ *api, model string) {
	method = strings.ToUpper(method) // as some servers do (Hypercorn, Werkzeug): else a call could get around the accounts by it
	if method == http.MethodPut {    // which SGLang takes like POST
		method = http.MethodPost
	}
	if last := p.last.Load(); last != nil && last.path == path && last.method == method {
		return last.api, last.model
	}
	is, model := p.look(method, path)
	if is != nil {
		p.last.Store(&found{method, path, is, model})
	}
	return is, model
}

func (p *paths) look(method, path string) (found *api, model string) {
	if strings.Contains(path, "%") { // servers route by the decoded path; the proxy refuses one that cannot be decoded
		if decoded, err := url.PathUnescape(path); err == nil {
			path = decoded
		}
	}
	if found, model = p.find(method, path); found == nil {
		if other := plainSpelling(method, path); other != path {
			return p.find(method, other)
		}
	}
	return found, model
}

// plainSpelling gives a path without what some servers, or gateways before them, make no difference of: empty segments,
// a slash at the end, capitals. Else a request could get around the accounts by them.
func plainSpelling(method, path string) string {
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	if method == http.MethodPost {
		path = strings.TrimSuffix(path, "/")
	}
	return strings.ToLower(path)
}

func (p *paths) find(method, path string) (found *api, model string) {
	for i := range apis {
		if apis[i].method != method {
			continue
		}
		before, ok := apis[i].cut(path)
		if !ok {
			continue
		}
		for _, pattern := range p.prefixes {
			if model, ok := matchPath(pattern, before); ok {
				return &apis[i], model
			}
		}
	}
	return nil, ""
}

func (p *paths) isModelCall(method, path string) bool {
	found, _ := p.api(method, path)
	return found != nil
}

// Segments of a prefix that stand for others.
const (
	anySegment   = "*"
	anySegments  = "**" // any number of them, also none
	modelSegment = "{model}"
)

// matchPath tells whether a path matches a pattern, segment by segment, and gives the model that the path names.
func matchPath(pattern, path string) (model string, ok bool) {
	for pattern != "" {
		want, patternRest := segment(pattern)
		if want == anySegments {
			for {
				if model, ok = matchPath(patternRest, path); ok || path == "" {
					return model, ok
				}
				_, path = segment(path)
			}
		}
		if path == "" {
			return "", false
		}
		have, rest := segment(path)
		switch want {
		case anySegment:
		case modelSegment:
			if model = have; patternRest == "" { // the names of some models have slashes
				model, rest = path[1:], ""
			}
		default:
			if want != have {
				return "", false
			}
		}
		pattern, path = patternRest, rest
	}
	return model, path == ""
}

// segment cuts "/first" off "/first/second".
func segment(path string) (first, rest string) {
	path = path[1:]
	if i := strings.IndexByte(path, '/'); i >= 0 {
		return path[:i], path[i:]
	}
	return path, ""
}

// pathPrefixesMax bounds the prefixes, as each may be looked at for each request.
const pathPrefixesMax = 64

func validatePrefixes(prefixes []string) error {
	var errs []error
	if len(prefixes) > pathPrefixesMax {
		errs = append(errs, fmt.Errorf("path_prefixes: has more than %d entries", pathPrefixesMax))
	}
	for i, prefix := range prefixes {
		switch {
		case prefix == "":
		case !strings.HasPrefix(prefix, "/") || strings.HasSuffix(prefix, "/"):
			errs = append(errs, fmt.Errorf("path_prefixes::%d: must begin with / and not end with it, or be empty", i))
		case strings.Count(prefix, anySegments) > 1:
			errs = append(errs, fmt.Errorf("path_prefixes::%d: has %s more than once", i, anySegments))
		}
	}
	return errors.Join(errs...)
}
