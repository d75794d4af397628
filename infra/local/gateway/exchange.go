package gateway

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
	"uuid"

	"users-organizations/infra/local/template"
)

// apiID stands where a deployed API has its id.
const apiID = "local"

// exchange is one request on its way through the gateway.
type exchange struct {
	stage      string
	request    *http.Request
	received   time.Time
	requestID  string
	extendedID string
	traceID    string
	// path is the request's own, percent-encoded and with the stage.
	path string
	// resource and pathParameters are those of the route.
	resource       string
	pathParameters map[string]string
	body           []byte
	// authorizer is what the authorizer said about the caller, with
	// principalId and integrationLatency.
	authorizer map[string]any
}

func newExchange(stage string, r *http.Request, now time.Time) *exchange {
	return &exchange{
		stage:      stage,
		request:    r,
		received:   now,
		requestID:  uuid.NewV4().String(),
		extendedID: base64.StdEncoding.EncodeToString(random(11)),
		traceID:    "Root=1-" + strconv.FormatInt(now.Unix(), 16) + "-" + hex.EncodeToString(random(12)),
		path:       r.URL.EscapedPath(),
	}
}

// random never fails: crypto/rand ends the program instead.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// pathInStage is the path after the stage's name, if that is where it leads.
func (x *exchange) pathInStage() (string, bool) {
	path, ok := strings.CutPrefix(x.path, "/"+x.stage)
	return path, ok && (path == "" || path[0] == '/')
}

// headerSize is what API Gateway counts: the request line and all headers.
func (x *exchange) headerSize() int {
	size := len(x.request.Method) + len(x.request.RequestURI) + len("Host") + len(x.request.Host)
	for name, values := range x.request.Header {
		for _, value := range values {
			size += len(name) + len(value)
		}
	}
	return size
}

// methodARN names what is called, as policies do.
func (x *exchange) methodARN() string {
	path, _ := x.pathInStage()
	return "arn:aws:execute-api:" + template.Region + ":" + template.Account + ":" + apiID + "/" +
		x.stage + "/" + x.request.Method + path
}

func (x *exchange) sourceIP() string {
	host, _, err := net.SplitHostPort(x.request.RemoteAddr)
	if err != nil {
		return x.request.RemoteAddr
	}
	return host
}
