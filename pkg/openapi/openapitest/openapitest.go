// Package openapitest holds answers of the service to its OpenAPI document,
// strictly: clients must bear what they don't know, but the service answers
// nothing that the document does not name.
package openapitest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	"github.com/pb33f/libopenapi-validator/cache"
	"github.com/pb33f/libopenapi-validator/config"
	"github.com/pb33f/libopenapi-validator/responses"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"

	"users-organizations/pkg/openapi"
)

// Answer is what came back for one request.
type Answer struct {
	// Method and Path are the request's; Path may begin with the stage.
	Method, Path string
	Status       int
	Header       http.Header
	Body         []byte
}

// Check fails the test where the answer is not one that the document allows.
func Check(t testing.TB, method, path string, status int, header http.Header, body []byte) {
	t.Helper()
	answer := Answer{Method: method, Path: path, Status: status, Header: header, Body: body}
	if err := answer.Conforms(); err != nil {
		t.Errorf("%s %s was answered %d against the OpenAPI document: %v\n%s", method, path, status, err, body)
	}
}

// Conforms says in which way the answer is not one that the document allows.
// The answer to a path or method that is no operation has to be the 404 that
// every operation names.
func (a Answer) Conforms() error {
	return a.conforms(config.WithStrictIgnoredHeaders(carried...))
}

// ConformsFromAfar is Conforms for an answer that passed networks and proxies,
// which add headers of their own: only those that the document names count.
func (a Answer) ConformsFromAfar() error {
	return a.conforms(config.WithStrictIgnorePaths("$.headers.**"))
}

func (a Answer) conforms(known config.Option) error {
	d, err := load()
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	template, item, found := operation(d.model, a.Method, a.Path)
	if !found && a.Status != http.StatusNotFound {
		return errors.New("this is no operation, which 404 says")
	}
	request := &http.Request{Method: http.MethodPost, URL: &url.URL{Path: template}}
	response := &http.Response{StatusCode: a.Status, Header: a.Header, Body: io.NopCloser(bytes.NewReader(a.Body))}
	validator := responses.NewResponseBodyValidator(d.model,
		config.WithFormatAssertions(),
		config.WithStrictMode(),
		config.WithSchemaCache(d.schemas),
		known,
	)
	_, faults := validator.ValidateResponseBodyWithPathItem(request, response, item, template)
	var all []error
	for _, fault := range faults {
		all = append(all, fmt.Errorf("%s: %s", fault.Message, fault.Reason))
		for _, cause := range fault.SchemaValidationErrors {
			all = append(all, fmt.Errorf("at %q: %s", cause.FieldPath, cause.Reason))
		}
	}
	return errors.Join(all...)
}

// carried are the headers that belong to the way of an answer and not to the
// operation: HTTP's own, API Gateway's, and those of CORS, which a deployment
// turns on for an origin of its choice.
var carried = []string{
	"Connection", "Content-Length", "Content-Type", "Date",
	"X-Amz-Apigw-Id", "X-Amzn-Errortype", "X-Amzn-Remapped-Www-Authenticate", "X-Amzn-Requestid", "X-Amzn-Trace-Id",
	"Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Vary",
}

// document is read piece by piece while it is used, so by one at a time.
type document struct {
	mu    sync.Mutex
	model *v3.Document
	// schemas are those of the model that have been compiled.
	schemas cache.SchemaCache
}

// load reads the document once: that takes longer than all the rest.
var load = sync.OnceValues(func() (*document, error) {
	parsed, err := libopenapi.NewDocument(openapi.YAML())
	if err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	built, err := parsed.BuildV3Model()
	if err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	return &document{model: &built.Model, schemas: cache.NewDefaultCache()}, nil
})

// operation finds the operation that the request meant. For none it gives the
// first of the document, whose 404 stands for all.
func operation(model *v3.Document, method, path string) (template string, item *v3.PathItem, found bool) {
	for candidate, i := range model.Paths.PathItems.FromOldest() {
		if template == "" {
			template, item = candidate, i
		}
		for m := range i.GetOperations().FromOldest() {
			if strings.EqualFold(m, method) && matches(candidate, path) {
				return candidate, i, true
			}
		}
	}
	return template, item, false
}

// matches compares the segments of a path with those of a template, of which
// the ones in braces stand for anything. A stage may come before.
func matches(template, path string) bool {
	path, _, _ = strings.Cut(path, "?")
	_, staged, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return matchesWhole(template, path) || matchesWhole(template, "/"+staged)
}

func matchesWhole(template, path string) bool {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i, segment := range want {
		if isParameter := strings.HasPrefix(segment, "{"); isParameter && got[i] == "" || !isParameter && segment != got[i] {
			return false
		}
	}
	return true
}
