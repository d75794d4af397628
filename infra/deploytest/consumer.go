package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"users-organizations/pkg/openapi"
)

// consumer prints the replay-name of each event, or live if it has none.
const (
	consumer       = "consumer"
	consumerLog    = "/aws/lambda/" + consumer
	consumerSource = "def handler(event, context):\n    print('replay', event.get('replay-name') or 'live')\n"
)

// follow makes a consumer, and a rule of the bus that leads to it.
func (d *deployment) follow(ctx context.Context) (string, error) {
	arn, err := d.makeConsumer(ctx)
	if err != nil {
		return "", err
	}
	d.operator.values["ARN of the function that takes the events"] = arn
	_, err = d.operator.run(ctx, "follow")
	return "a rule leads to a function", err
}

// call registers a membership with curl, and waits for its event at the consumer.
func (d *deployment) call(ctx context.Context) (string, error) {
	d.operator.values["the printed URL"] = d.client.url + openapi.Named("registerUserOrganization").Path
	printed, err := d.operator.run(ctx, "call")
	if err != nil {
		return "", err
	}
	if !strings.Contains(printed, " 201 ") {
		return "", fmt.Errorf("curl prints\n%s", printed)
	}
	return "201 with the keys of the stack, and an event", eventually(ctx, patience, func() error { return d.took(ctx, "live") })
}

// replay has the consumer take the event again.
func (d *deployment) replay(ctx context.Context) (string, error) {
	var rule struct{ Arn string }
	if err := d.aws.action(ctx, "events", "AWSEvents.DescribeRule",
		map[string]string{"Name": "follow-memberships", "EventBusName": d.bus}, &rule); err != nil {
		return "", err
	}
	d.operator.values["ARN of its rule"] = rule.Arn
	d.operator.values["from, such as 2026-01-31T12:00:00Z"] = time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	d.operator.values["until"] = time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	if _, err := d.operator.run(ctx, "replay"); err != nil {
		return "", err
	}
	return "the event came again", eventually(ctx, patience, func() error { return d.took(ctx, "again-") })
}

// makeConsumer makes the function, with the role of record.
func (d *deployment) makeConsumer(ctx context.Context) (string, error) {
	var code bytes.Buffer
	archive := zip.NewWriter(&code)
	file, err := archive.Create("index.py")
	if err != nil {
		return "", err
	}
	_, err = file.Write([]byte(consumerSource))
	if err := errors.Join(err, archive.Close()); err != nil {
		return "", err
	}
	var record, made struct{ Role, FunctionArn string }
	if err := d.aws.get(ctx, "lambda", functionPath(d.names["RecordFunction"])+"/configuration", &record); err != nil {
		return "", err
	}
	err = d.aws.post(ctx, "lambda", functionsPath, map[string]any{
		"FunctionName": consumer, "Runtime": "python3.12", "Handler": "index.handler", "Role": record.Role,
		"Code": map[string]any{"ZipFile": code.Bytes()},
	}, &made)
	return made.FunctionArn, err
}

// took looks for an event of that replay in the consumer's log.
func (d *deployment) took(ctx context.Context, replay string) error {
	messages, err := d.aws.messages(ctx, consumerLog)
	if err != nil {
		return err
	}
	for _, message := range messages {
		if strings.HasPrefix(message, "replay "+replay) {
			return nil
		}
	}
	return fmt.Errorf("the consumer has no event of the replay %s: %q", replay, messages)
}

// removeConsumer leaves the account as it was before follow.
func (d *deployment) removeConsumer(ctx context.Context) error {
	if _, err := d.operator.run(ctx, "remove the rule"); err != nil {
		return err
	}
	_, err := d.aws.send(ctx, "lambda", http.MethodDelete, functionPath(consumer), nil, nil)
	return errors.Join(err, d.aws.action(ctx, "logs", "Logs_20140328.DeleteLogGroup", map[string]string{"logGroupName": consumerLog}, nil))
}

const functionsPath = "/2015-03-31/functions"

func functionPath(name string) string { return functionsPath + "/" + url.PathEscape(name) }
