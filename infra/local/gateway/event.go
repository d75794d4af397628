package gateway

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"users-organizations/infra/local/template"
)

// event has the members that the proxy event (version 1.0) and the event of a
// REQUEST authorizer share, and the authorizer's Type and MethodARN. Pointers
// and maps are null where API Gateway sends null.
type event struct {
	Type                            string              `json:"type,omitempty"`
	MethodARN                       string              `json:"methodArn,omitempty"`
	Resource                        string              `json:"resource"`
	Path                            string              `json:"path"`
	HTTPMethod                      string              `json:"httpMethod"`
	Headers                         map[string]string   `json:"headers"`
	MultiValueHeaders               map[string][]string `json:"multiValueHeaders"`
	QueryStringParameters           map[string]string   `json:"queryStringParameters"`
	MultiValueQueryStringParameters map[string][]string `json:"multiValueQueryStringParameters"`
	PathParameters                  map[string]string   `json:"pathParameters"`
	StageVariables                  map[string]string   `json:"stageVariables"`
	RequestContext                  requestContext      `json:"requestContext"`
}

type proxyEvent struct {
	event
	Body            *string `json:"body"`
	IsBase64Encoded bool    `json:"isBase64Encoded"`
}

type requestContext struct {
	AccountID         string         `json:"accountId"`
	APIID             string         `json:"apiId"`
	Authorizer        map[string]any `json:"authorizer,omitempty"`
	DeploymentID      string         `json:"deploymentId"`
	DomainName        string         `json:"domainName"`
	DomainPrefix      string         `json:"domainPrefix"`
	ExtendedRequestID string         `json:"extendedRequestId"`
	HTTPMethod        string         `json:"httpMethod"`
	Identity          identity       `json:"identity"`
	Path              string         `json:"path"`
	Protocol          string         `json:"protocol"`
	RequestID         string         `json:"requestId"`
	RequestTime       string         `json:"requestTime"`
	RequestTimeEpoch  int64          `json:"requestTimeEpoch"`
	ResourceID        string         `json:"resourceId"`
	ResourcePath      string         `json:"resourcePath"`
	Stage             string         `json:"stage"`
}

// identity has null in each member that needs IAM, Cognito or an API key.
type identity struct {
	AccessKey                     *string `json:"accessKey"`
	AccountID                     *string `json:"accountId"`
	Caller                        *string `json:"caller"`
	CognitoAuthenticationProvider *string `json:"cognitoAuthenticationProvider"`
	CognitoAuthenticationType     *string `json:"cognitoAuthenticationType"`
	CognitoIdentityID             *string `json:"cognitoIdentityId"`
	CognitoIdentityPoolID         *string `json:"cognitoIdentityPoolId"`
	PrincipalOrgID                *string `json:"principalOrgId"`
	SourceIP                      string  `json:"sourceIp"`
	User                          *string `json:"user"`
	UserAgent                     *string `json:"userAgent"`
	UserARN                       *string `json:"userArn"`
}

// proxyEvent is the event of the integration. The body is text: bytes that are
// not UTF-8 become U+FFFD, as in an API without binary media types.
func (r *request) proxyEvent() ([]byte, error) {
	e := proxyEvent{event: r.event()}
	e.RequestContext.Authorizer = r.authorizer
	if len(r.body) > 0 {
		body := string(r.body)
		e.Body = &body
	}
	return encode(e)
}

// authorizerEvent is the event of the authorizer, which never sees the body.
func (r *request) authorizerEvent() ([]byte, error) {
	e := r.event()
	e.Type, e.MethodARN = "REQUEST", r.methodARN()
	return encode(e)
}

func encode(e any) ([]byte, error) {
	text, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encoding an event: %w", err)
	}
	return text, nil
}

func (r *request) event() event {
	headers := r.headers()
	query := queryOf(r.URL.RawQuery)
	path, _ := r.pathInStage()
	host, _, _ := strings.Cut(r.Host, ".")
	e := event{
		Resource:                        r.resource,
		Path:                            path,
		HTTPMethod:                      r.Method,
		Headers:                         lastValues(headers),
		MultiValueHeaders:               headers,
		QueryStringParameters:           lastValues(query),
		MultiValueQueryStringParameters: query,
		PathParameters:                  r.pathParameters,
		RequestContext: requestContext{
			AccountID:         template.Account,
			APIID:             apiID,
			DeploymentID:      apiID,
			DomainName:        r.Host,
			DomainPrefix:      host,
			ExtendedRequestID: r.extendedID,
			HTTPMethod:        r.Method,
			Identity:          identity{SourceIP: r.sourceIP},
			Path:              r.path,
			Protocol:          r.Proto,
			RequestID:         r.requestID,
			RequestTime:       r.received.UTC().Format("02/Jan/2006:15:04:05 -0700"),
			RequestTimeEpoch:  r.received.UnixMilli(),
			ResourceID:        apiID,
			ResourcePath:      r.resource,
			Stage:             r.stage,
		},
	}
	if agent := r.UserAgent(); agent != "" {
		e.RequestContext.Identity.UserAgent = &agent
	}
	if len(e.PathParameters) == 0 {
		e.PathParameters = nil
	}
	return e
}

// droppedHeaders never reach a function (API Gateway developer guide,
// "Important notes", the headers of REST APIs).
var droppedHeaders = []string{
	"Connection", "Content-Length", "Content-Md5", "Expect", "Max-Forwards", "Proxy-Authenticate",
	"Server", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Www-Authenticate",
}

// headers gives the request's headers under their canonical names, and the
// headers that API Gateway adds.
func (r *request) headers() map[string][]string {
	h := r.Header.Clone()
	for _, name := range droppedHeaders {
		h.Del(name)
	}
	h.Set("Host", r.Host)
	h.Set("X-Amzn-Trace-Id", r.traceID)
	h.Set("X-Forwarded-Port", "443")
	h.Set("X-Forwarded-Proto", "https")
	forwarded := append(r.Header.Values("X-Forwarded-For"), r.sourceIP)
	h.Set("X-Forwarded-For", strings.Join(forwarded, ", "))
	return h
}

// queryOf decodes the names and values of a query string once, as recordings of
// API Gateway show it (localstack/localstack,
// test_apigateway_lambda.snapshot.json). A semicolon separates like an ampersand.
// API Gateway does not support |, { and } unencoded (API Gateway developer guide,
// "Important notes" for REST APIs): here they are ordinary characters. A malformed
// escape is kept as it is. Without parameters the result is nil.
func queryOf(raw string) map[string][]string {
	var query map[string][]string
	for pair := range strings.FieldsFuncSeq(raw, func(r rune) bool { return r == '&' || r == ';' }) {
		name, value, _ := strings.Cut(pair, "=")
		if query == nil {
			query = map[string][]string{}
		}
		name = unescape(name)
		query[name] = append(query[name], unescape(value))
	}
	return query
}

func unescape(s string) string {
	decoded, err := url.QueryUnescape(s)
	if err != nil {
		return s
	}
	return decoded
}

// lastValues gives the last value of each name, for the event's single-valued
// members.
func lastValues(multi map[string][]string) map[string]string {
	if multi == nil {
		return nil
	}
	single := make(map[string]string, len(multi))
	for name, values := range multi {
		single[name] = values[len(values)-1]
	}
	return single
}
