package main

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestConfiguration(t *testing.T) {
	t.Parallel()
	dynamoDB := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(dynamoDB.Close)
	for name, c := range map[string]struct {
		change map[string]string
		want   string
	}{
		"everything set":                 {nil, ""},
		"no table":                       {map[string]string{"TABLE_NAME": ""}, "TABLE_NAME is not set"},
		"no region":                      {map[string]string{"AWS_REGION": ""}, "AWS_REGION is not set"},
		"an endpoint without a scheme":   {map[string]string{"AWS_ENDPOINT_URL_DYNAMODB": "localhost:8000"}, "AWS_ENDPOINT_URL_DYNAMODB must be a URL"},
		"an origin without TLS":          {map[string]string{"CORS_ALLOWED_ORIGIN": "http://office.example.com"}, "CORS_ALLOWED_ORIGIN must be one origin"},
		"an endpoint of another scheme":  {map[string]string{"AWS_ENDPOINT_URL_DYNAMODB": "ftp://127.0.0.1"}, "AWS_ENDPOINT_URL_DYNAMODB must be a URL"},
		"an endpoint that doesn't parse": {map[string]string{"AWS_ENDPOINT_URL_DYNAMODB": "http://[::1"}, "AWS_ENDPOINT_URL_DYNAMODB must be a URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{
				"TABLE_NAME": "memberships", "AWS_REGION": "eu-west-3", "AWS_ENDPOINT_URL_DYNAMODB": dynamoDB.URL,
			}
			maps.Copy(env, c.change)
			_, err := newHandler(t.Context(), func(name string) string { return env[name] }, io.Discard)
			if c.want == "" && err != nil {
				t.Errorf("newHandler: %v", err)
			}
			if c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)) {
				t.Errorf("newHandler: %v, want %q", err, c.want)
			}
		})
	}
}
