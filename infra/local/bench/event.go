package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// browser has the headers that a browser adds to those of the sample events.
var browser = map[string]string{
	"Accept":             "application/json, text/plain, */*",
	"accept-encoding":    "gzip, deflate, br, zstd",
	"accept-language":    "fr-FR,fr;q=0.9,en-US;q=0.8,en;q=0.7",
	"origin":             "https://office.example.com",
	"priority":           "u=1, i",
	"referer":            "https://office.example.com/",
	"sec-ch-ua-platform": `"Windows"`,
	"sec-fetch-mode":     "cors",
	"sec-fetch-site":     "cross-site",
	"User-Agent":         "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
}

// events makes the events of the calls from the samples: with a browser's headers
// and a new pair of ids.
type events struct {
	proxy, authorization string
	// others has the events of the other operations, by the sample's name.
	others map[string]string
	// keys are the keys of the sample tokens, in the form of AUTH_KEYS.
	keys string
	next int64
}

// These ids take the place of each call's in the texts of events.
const (
	anyUser         = "8999999999999991"
	anyOrganization = "8999999999999992"
)

// readEvents reads the samples in dir.
func readEvents(dir string) (*events, error) {
	keys, err := os.ReadFile(filepath.Join(dir, "keys.json")) //nolint:gosec // The folder is the project's own.
	if err != nil {
		return nil, fmt.Errorf("reading the sample keys: %w", err)
	}
	authorization, err := readEvent(filepath.Join(dir, "authorizer.json"), nil)
	if err != nil {
		return nil, err
	}
	sent, _ := authorization["headers"].(map[string]any)
	proxy, err := readEvent(filepath.Join(dir, "register.json"), sent)
	if err != nil {
		return nil, err
	}
	e := &events{keys: string(keys), others: map[string]string{}}
	for _, p := range operations {
		event, err := readEvent(filepath.Join(dir, p.ours.event+".json"), sent)
		if err != nil {
			return nil, err
		}
		if e.others[p.ours.event], err = otherText(event); err != nil {
			return nil, err
		}
	}
	if e.authorization, err = text(authorization); err != nil {
		return nil, err
	}
	e.proxy, err = text(proxy)
	return e, err
}

// readEvent reads a sample and adds a browser's headers, and the tokens among the
// headers of another event, which may be nil.
func readEvent(file string, tokens map[string]any) (map[string]any, error) {
	data, err := os.ReadFile(file) //nolint:gosec // The folder is the project's own.
	if err != nil {
		return nil, fmt.Errorf("reading a sample event: %w", err)
	}
	var event map[string]any
	if err := json.Unmarshal(data, &event); err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	single, _ := event["headers"].(map[string]any)
	multi, _ := event["multiValueHeaders"].(map[string]any)
	if single == nil || multi == nil {
		return nil, fmt.Errorf("%s has no headers", file)
	}
	for name, value := range browser {
		single[name], multi[name] = value, []any{value}
	}
	for _, name := range []string{"Authorization", "x-session-token"} {
		if value, ok := tokens[name]; ok {
			single[name], multi[name] = value, []any{value}
		}
	}
	return event, nil
}

// text gives an event's JSON, with anyUser and anyOrganization as its ids.
func text(event map[string]any) (string, error) {
	event["pathParameters"] = map[string]any{"userId": anyUser, "organizationId": anyOrganization}
	data, err := json.Marshal(event)
	if err != nil {
		return "", fmt.Errorf("writing an event: %w", err)
	}
	return strings.ReplaceAll(string(data), "/register/1/organizations/1", "/register/"+anyUser+"/organizations/"+anyOrganization), nil
}

// otherText gives the JSON of another operation's event, with anyUser and
// anyOrganization as its ids.
func otherText(event map[string]any) (string, error) {
	parameters, _ := event["pathParameters"].(map[string]any)
	path, _ := event["path"].(string)
	for name, id := range map[string]string{"userId": anyUser, "organizationId": anyOrganization} {
		if _, there := parameters[name]; there {
			parameters[name] = id
		}
	}
	if event["httpMethod"] == http.MethodPatch {
		event["body"] = `{"scope":2}`
	}
	marked := strings.NewReplacer("/users/1", "/users/"+anyUser, "/organizations/1", "/organizations/"+anyOrganization).Replace(path)
	data, err := json.Marshal(event)
	if err != nil {
		return "", fmt.Errorf("writing an event: %w", err)
	}
	return strings.ReplaceAll(string(data), path, marked), nil
}

// sampleRevision is the revision in If-Match of the samples.
const sampleRevision = "0123456789abcdef0123456789abcdef"

// other gives the event of p for one membership and revision.
func (e *events) other(p program, user, organization int64, revision string) []byte {
	return []byte(strings.NewReplacer(
		anyUser, strconv.FormatInt(user, 10), anyOrganization, strconv.FormatInt(organization, 10), sampleRevision, revision,
	).Replace(e.others[p.event]))
}

// event gives the next event of p, a registration or an authorizer's.
func (e *events) event(p program) []byte {
	e.next++
	t := e.proxy
	if p.authorizer {
		t = e.authorization
	}
	user, organization := strconv.FormatInt(1_000_000_000+e.next, 10), strconv.FormatInt(2_000_000_000+e.next%100, 10)
	return []byte(strings.NewReplacer(anyUser, user, anyOrganization, organization).Replace(t))
}

// tokens gives the two tokens of every event.
func (e *events) tokens() (bearer, session string, err error) {
	var event struct {
		Headers struct {
			Authorization string `json:"authorization"`
			Session       string `json:"x-session-token"`
		} `json:"headers"`
	}
	if err := json.Unmarshal([]byte(e.authorization), &event); err != nil {
		return "", "", fmt.Errorf("reading an event: %w", err)
	}
	bearer, _ = strings.CutPrefix(event.Headers.Authorization, "Bearer ")
	return bearer, event.Headers.Session, nil
}
