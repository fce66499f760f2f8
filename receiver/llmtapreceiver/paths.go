package llmtapreceiver

import (
	"errors"
	"fmt"
	"strings"
)

// paths tells by its path which API a request calls.
type paths struct {
	prefixes []string          // patterns of what stands before an API's own path
	upstream map[string]string // the prefix of the upstream of that name, which is no part of the API's path
}

func newPaths(c *Config) paths {
	p := paths{prefixes: c.PathPrefixes, upstream: make(map[string]string, len(c.Upstreams))}
	for _, u := range c.Upstreams {
		p.upstream[u.Name] = u.Prefix
	}
	return p
}

// api gives the API of a request, by its path without query and upstream prefix, and the model that the path names.
// It is nil when the request is no model call.
func (p *paths) api(method, path string) (found *api, model string) {
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

// of gives the API of a request whose target is as the client sent it.
func (p *paths) of(method, target, upstream string) (*api, string) {
	path, _, _ := strings.Cut(target, "?")
	return p.api(method, strings.TrimPrefix(path, p.upstream[upstream]))
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
			model = have
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
