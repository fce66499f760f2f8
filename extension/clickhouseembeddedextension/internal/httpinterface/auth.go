package httpinterface

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"

	"github.com/ClickHouse/ch-go/proto"
)

// authenticate finds the user of a request by ClickHouse's three ways: headers, basic authentication, parameters.
func (h *Handler) authenticate(r *http.Request) (User, error) {
	name, password, given, err := credentials(r)
	if err != nil {
		return User{}, err
	}
	if name == "" {
		name = "default"
	}
	for _, user := range h.config.Users {
		// Both are compared, so that the time says nothing of which one was wrong.
		if same(user.Name, name)&same(user.Password, password) == 1 {
			return user, nil
		}
	}
	if !given {
		return User{}, exception(proto.ErrRequiredPassword, "%s: Authentication failed: password is required", name)
	}
	return User{}, exception(proto.ErrAuthenticationFailed,
		"%s: Authentication failed: password is incorrect, or there is no user with such name", name)
}

func credentials(r *http.Request) (name, password string, given bool, err error) {
	ways := 0
	if user, key := r.Header.Get("X-ClickHouse-User"), r.Header.Get("X-ClickHouse-Key"); user != "" || key != "" {
		name, password = user, key
		ways++
	}
	if r.Header.Get("Authorization") != "" {
		var basic bool
		if name, password, basic = r.BasicAuth(); !basic {
			return "", "", true, exception(proto.ErrAuthenticationFailed,
				"Invalid authentication: only the scheme Basic is supported in the header Authorization")
		}
		ways++
	}
	if parameters := r.URL.Query(); parameters.Has("user") || parameters.Has("password") {
		name, password = parameters.Get("user"), parameters.Get("password")
		ways++
	}
	if ways > 1 {
		return "", "", true, exception(proto.ErrAuthenticationFailed,
			"Invalid authentication: it is not allowed to use X-ClickHouse HTTP headers, the header Authorization and parameters together")
	}
	return name, password, ways > 0, nil
}

func same(a, b string) int {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:])
}
