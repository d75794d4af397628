package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

// outputs are the outputs of a stack. Each one has to be tried: take removes it,
// and what is left was not.
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

// tryOutputs holds outputs to what they name. The other steps take the rest.
func (d *deployment) tryOutputs(ctx context.Context) (string, error) {
	var err error
	if d.outputs, err = readOutputs(d.outputsFile(), serviceStack); err != nil {
		return "", err
	}
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
		"Url": func(url string) error {
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
	}
	for id := range d.template.codes() {
		tries[id+"Name"] = func(name string) error {
			d.names[id] = name
			return generated(name, id)
		}
	}
	for output, try := range tries {
		value, err := d.outputs.take(output)
		if err != nil {
			return "", err
		}
		if err := try(value); err != nil {
			return "", fmt.Errorf("the output %s: %w", output, err)
		}
	}
	return fmt.Sprintf("%d name what is there", len(tries)), nil
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
