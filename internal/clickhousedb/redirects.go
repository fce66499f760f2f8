package clickhousedb

import (
	"fmt"
	"net/http"
)

// RefuseRedirects is for an option of the client, which by itself follows them, and takes along the header with the password.
func RefuseRedirects(transport *http.Transport) (http.RoundTripper, error) {
	return staying{transport}, nil
}

// staying gives an error in place of a redirect.
type staying struct{ *http.Transport }

// RoundTrip implements http.RoundTripper.
func (s staying) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := s.Transport.RoundTrip(request)
	if err != nil || response.StatusCode/100 != 3 {
		return response, err
	}
	_ = response.Body.Close()
	to, err := response.Location()
	if err != nil {
		return nil, fmt.Errorf("it answers %s, as ClickHouse never does", response.Status)
	}
	return nil, fmt.Errorf("it redirects to %s://%s, which is not followed: give the address of ClickHouse itself", to.Scheme, to.Host)
}
