package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// rootKey is id and secret of the key that may do everything in the account.
const rootKey = "test"

// account calls the services of an AWS account as its root user. A few calls of
// many services need no SDK for each.
type account struct {
	url string
	place
}

// action calls an action of a service with the JSON protocol. target is its
// X-Amz-Target, such as DynamoDB_20120810.ListTables.
func (a account) action(ctx context.Context, service, target string, input, output any) error {
	body, err := json.Marshal(input)
	if err != nil {
		return err
	}
	header := http.Header{"X-Amz-Target": {target}, "Content-Type": {"application/x-amz-json-1.1"}}
	return a.json(ctx, service, http.MethodPost, "/", header, body, output)
}

// get reads what is at a path of a service with the REST protocol.
func (a account) get(ctx context.Context, service, path string, output any) error {
	return a.json(ctx, service, http.MethodGet, path, nil, nil, output)
}

// post calls an action at a path of a service with the REST protocol.
func (a account) post(ctx context.Context, service, path string, input, output any) error {
	body, err := json.Marshal(input)
	if err != nil {
		return err
	}
	return a.json(ctx, service, http.MethodPost, path, http.Header{"Content-Type": {"application/json"}}, body, output)
}

func (a account) json(ctx context.Context, service, method, path string, header http.Header, body []byte, output any) error {
	text, err := a.send(ctx, service, method, path, header, body)
	if err != nil || output == nil {
		return err
	}
	return json.Unmarshal(text, output)
}

// query calls an action of a service with the query protocol, and returns the texts
// of all elements of a name in its response.
func (a account) query(ctx context.Context, service string, input url.Values, element string) ([]string, error) {
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	text, err := a.send(ctx, service, http.MethodPost, "/", header, []byte(input.Encode()))
	if err != nil {
		return nil, err
	}
	return textsOf(text, element)
}

func textsOf(document []byte, element string) ([]string, error) {
	var all []string
	for decoder := xml.NewDecoder(bytes.NewReader(document)); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		if start, isStart := token.(xml.StartElement); isStart && start.Name.Local == element {
			var value string
			if err := decoder.DecodeElement(&value, &start); err != nil {
				return nil, err
			}
			all = append(all, value)
		}
	}
}

// send signs a request, and returns the body of its response if that is a success.
func (a account) send(ctx context.Context, service, method, path string, header http.Header, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, a.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	maps.Copy(request.Header, header)
	hash := sha256.Sum256(body)
	payload := hex.EncodeToString(hash[:])
	request.Header.Set("X-Amz-Content-Sha256", payload)
	root := aws.Credentials{AccessKeyID: rootKey, SecretAccessKey: rootKey}
	if err := v4.NewSigner().SignHTTP(ctx, root, request, payload, service, a.region, time.Now()); err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return nil, fmt.Errorf("%s %s%s of %s: %s: %.300s", method, path, header.Get("X-Amz-Target"), service, response.Status, text)
	}
	return text, nil
}
