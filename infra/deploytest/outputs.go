package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
)

// outputs are the outputs of a stack. Each one has to be tried: take removes it,
// and what is left was not tried.
type outputs map[string]string

// readOutputs reads the file that cdk deploy has written.
func readOutputs(file, stack string) (outputs, error) {
	text, err := os.ReadFile(file) //nolint:gosec // G304: our own file.
	if err != nil {
		return nil, err
	}
	var stacks map[string]outputs
	if err := json.Unmarshal(text, &stacks); err != nil {
		return nil, fmt.Errorf("reading the outputs: %w", err)
	}
	return stacks[stack], nil
}

func (o outputs) take(name string) (string, error) {
	value := o[name]
	if value == "" {
		return "", fmt.Errorf("the stack has no output %s", name)
	}
	delete(o, name)
	return value, nil
}

// allTried names the outputs that nobody has taken.
func (o outputs) allTried() error {
	if len(o) == 0 {
		return nil
	}
	left := slices.Sorted(maps.Keys(o))
	return fmt.Errorf("nothing tries the outputs %s: have infra/deploytest use them", strings.Join(left, ", "))
}

// tryOutputs holds each output to what it names, and keeps what later steps use.
func (d *deployment) tryOutputs(ctx context.Context) (string, error) {
	outputs, err := readOutputs(d.outputsFile(), serviceStack)
	if err != nil {
		return "", err
	}
	into := func(field *string) func(string) error {
		return func(value string) error {
			*field = value
			return nil
		}
	}
	var busARN, archiveARN string
	tries := map[string]func(value string) error{
		"Commit": func(hash string) error {
			printed, err := d.operator.run(ctx, "outputs")
			if err == nil && printed != hash {
				err = fmt.Errorf("output prints %q, and it is %q", printed, hash)
			}
			return errors.Join(err, matches(hash, "[0-9a-f]{40}"))
		},
		"Region": func(region string) error { return matches(region, d.aws.region) },
		"TableName": func(name string) error {
			d.table = name
			return generated(name, "MembershipsTable")
		},
		"HistoryTableName": func(name string) error {
			d.historyTable = name
			return generated(name, "HistoryTable")
		},
		"Url": func(url string) error {
			var err error
			d.client, err = newClient(d.aws, d.folder, url)
			return err
		},
		"DiscardedChangesBucket": func(name string) error {
			d.discarded = name
			buckets, err := bucketNames(ctx, d.aws)
			if err == nil && !slices.Contains(buckets, name) {
				err = fmt.Errorf("there is no bucket %s", name)
			}
			return err
		},
		"BearerKeysSecret": func(arn string) error {
			d.bearerSecret = arn
			return d.isSecret(ctx, arn)
		},
		"SessionKeysSecret": func(arn string) error { return d.isSecret(ctx, arn) },
		// isArchived holds these three to each other.
		"EventBusName":    into(&d.bus),
		"EventBusArn":     into(&busARN),
		"EventArchiveArn": into(&archiveARN),
	}
	for id := range d.template.assets() {
		tries[id+"Name"] = func(name string) error {
			d.names[id] = name
			return generated(name, id)
		}
	}
	for output, try := range tries {
		value, err := outputs.take(output)
		if err != nil {
			return "", err
		}
		if err := try(value); err != nil {
			return "", fmt.Errorf("the output %s: %w", output, err)
		}
	}
	d.archive = path.Base(archiveARN)
	return fmt.Sprintf("%d name what is there", len(tries)), errors.Join(d.isArchived(ctx, busARN, archiveARN), outputs.allTried())
}

func (d *deployment) isSecret(ctx context.Context, id string) error {
	return d.aws.action(ctx, "secretsmanager", "secretsmanager.DescribeSecret", map[string]string{"SecretId": id}, nil)
}

// isArchived looks whether the bus has that ARN, and the archive keeps what is
// published on it.
func (d *deployment) isArchived(ctx context.Context, busARN, archiveARN string) error {
	var got struct{ Arn, EventSourceArn, ArchiveArn string }
	if err := d.aws.action(ctx, "events", "AWSEvents.DescribeEventBus", map[string]string{"Name": d.bus}, &got); err != nil {
		return err
	}
	if err := d.aws.action(ctx, "events", "AWSEvents.DescribeArchive", map[string]string{"ArchiveName": d.archive}, &got); err != nil {
		return err
	}
	if got.Arn != busARN || got.EventSourceArn != busARN || got.ArchiveArn != archiveARN {
		return fmt.Errorf("the outputs are the bus %s and the archive %s, and there are %+v", busARN, archiveARN, got)
	}
	return nil
}

func matches(value, pattern string) error {
	if !regexp.MustCompile("^" + pattern + "$").MatchString(value) {
		return fmt.Errorf("it is %q, want %s", value, pattern)
	}
	return nil
}

// generated holds a name to the form of those that CloudFormation generates for a
// resource.
func generated(name, id string) error {
	return matches(name, serviceStack+"-"+id+"-[0-9A-Za-z]+")
}
