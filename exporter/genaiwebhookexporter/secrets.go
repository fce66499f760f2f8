package genaiwebhookexporter

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const (
	// secretMin is how long a header or a parameter has to be to be secret, wordMin a word of the path or of a header. What is shorter
	// is in any text.
	secretMin = 4
	wordMin   = 8

	hidden = "…"
)

// withoutSecrets takes out of a text what lets others post: what the request that was sent has in its headers, and in its address but for
// the host. Many servers repeat of a request what they do not know, as in: Cannot POST /services/…
func withoutSecrets(text string, sent *http.Request) string {
	secrets := append(ofAddress(sent.URL), ofHeaders(sent.Header)...)
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Compare(len(b), len(a)) }) // a part of another is hidden with it
	pairs := make([]string, 0, 2*len(secrets))
	for _, secret := range secrets {
		pairs = append(pairs, secret, hidden)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// ofAddress gives the parts of an address as they are sent and as they read.
func ofAddress(u *url.URL) []string {
	path, query := u.EscapedPath(), u.Query()
	parts := append(strings.Split(u.Path, "/"), strings.Split(path, "/")...)
	secrets := append(atLeast(wordMin, parts), atLeast(secretMin, []string{u.RequestURI(), path, u.Path, u.RawQuery})...)
	for _, values := range query {
		for _, value := range values {
			secrets = append(secrets, atLeast(secretMin, []string{value, url.QueryEscape(value)})...)
		}
	}
	if password, ok := u.User.Password(); ok {
		secrets = append(secrets, atLeast(secretMin, []string{password})...)
	}
	return secrets
}

// ofHeaders gives the values, and the words in them: a server may repeat a token without its scheme.
func ofHeaders(header http.Header) (secrets []string) {
	for name, values := range header {
		if name == "Content-Type" {
			continue
		}
		for _, value := range values {
			secrets = append(secrets, atLeast(secretMin, []string{value})...)
			secrets = append(secrets, atLeast(wordMin, strings.Fields(value))...)
		}
	}
	return secrets
}

func atLeast(length int, texts []string) []string {
	return slices.DeleteFunc(texts, func(text string) bool { return len(text) < length })
}
