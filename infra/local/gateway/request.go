package gateway

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
	"uuid"

	"users-organizations/infra/local/template"
)

// apiID takes the place of a deployed API's id.
const apiID = "local"

// request is one request on its way through the gateway.
type request struct {
	*http.Request

	stage      string
	received   time.Time
	sourceIP   string
	requestID  string
	extendedID string
	traceID    string
	// path is the URL's, percent-encoded and with the stage.
	path string
	// resource and pathParameters are those of the route.
	resource       string
	pathParameters map[string]string
	body           []byte
	// authorizer is the authorizer's context, with principalId and
	// integrationLatency.
	authorizer map[string]any
}

// chosenID matches a request id that a client may choose. API Gateway documents
// no form for it; this one needs no escaping in headers and JSON.
var chosenID = regexp.MustCompile(`^[A-Za-z0-9-]{1,128}$`)

// newRequest wraps r. A client can override the request id, and nothing else,
// with a header (API Gateway developer guide, "Variables for access logging for
// API Gateway").
func newRequest(stage string, r *http.Request, now time.Time) *request {
	id := r.Header.Get("X-Amzn-Requestid")
	if !chosenID.MatchString(id) {
		id = uuid.NewV4().String()
	}
	return &request{
		Request:    r,
		stage:      stage,
		received:   now,
		sourceIP:   hostOf(r.RemoteAddr),
		requestID:  id,
		extendedID: newExtendedID(),
		traceID:    "Root=1-" + strconv.FormatInt(now.Unix(), 16) + "-" + hex.EncodeToString(random(12)),
		path:       r.URL.EscapedPath(),
	}
}

func newExtendedID() string { return base64.StdEncoding.EncodeToString(random(11)) }

// random gives n random bytes. crypto/rand ends the program rather than fail.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// hostOf is an address without its port.
func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return host
}

// pathInStage is the path after the stage; false if the path is not in the stage.
func (r *request) pathInStage() (string, bool) {
	path, ok := strings.CutPrefix(r.path, "/"+r.stage)
	return path, ok && (path == "" || path[0] == '/')
}

// headerSize is what API Gateway counts: the request line and all headers.
func (r *request) headerSize() int {
	size := len(r.Method) + len(r.RequestURI) + len("Host") + len(r.Host)
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name) + len(value)
		}
	}
	return size
}

// methodARN is the ARN by which policies name the called method.
func (r *request) methodARN() string {
	path, _ := r.pathInStage()
	return "arn:aws:execute-api:" + template.Region + ":" + template.Account + ":" + apiID + "/" +
		r.stage + "/" + r.Method + path
}

// readBody reads the whole body. Every error is the client's: a body that is too
// large, too slow, or not as announced.
func (r *request) readBody() error {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return refuse("REQUEST_TOO_LARGE", nil)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return refuseByDefault(http.StatusRequestTimeout, err)
	}
	if err != nil {
		return refuse("BAD_REQUEST_BODY", err)
	}
	r.body = body
	return nil
}
