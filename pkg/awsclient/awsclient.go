// Package awsclient configures how the functions call AWS: credentials, attempts and
// time-outs.
//
// It replaces the SDK's config package, which slows every cold start by looking for
// files and services that Lambda does not have; and the SDK's defaults, which wait
// 30 s for a connection and forever for a response.
package awsclient

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// Limits bound one call to a service, so that it ends before the function's time-out.
type Limits struct {
	// Attempts is the number of attempts, including the first.
	Attempts int
	// Attempt is the longest time of each, from dialling to the last byte.
	Attempt time.Duration
	// Pause is the longest wait before each further attempt; the shortest is half of
	// it. It does not grow, which would gain nothing over so few attempts.
	Pause time.Duration
}

// Longest is the longest time of a call.
func (l Limits) Longest() time.Duration {
	return time.Duration(l.Attempts)*l.Attempt + time.Duration(l.Attempts-1)*l.Pause
}

// Leaving returns a ctx that ends earlier than ctx by left, the time to respond. It
// returns ctx itself if that has no deadline.
func Leaving(ctx context.Context, left time.Duration) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, deadline.Add(-left))
}

// Config returns the configuration of a service's client from the environment that
// Lambda gives a function (Lambda developer guide, "Defined runtime environment
// variables"). endpointVariable has the URL of the endpoint; empty means the region's
// own. An error names the variable. Without credentials, each call fails.
func Config(getenv func(string) string, endpointVariable string, limits Limits) (aws.Config, error) {
	var endpoint *string
	if value := getenv(endpointVariable); value != "" {
		if !IsURL(value) {
			return aws.Config{}, errors.New(endpointVariable + " must be a URL such as http://127.0.0.1:8000, or empty for the region's own endpoint")
		}
		endpoint = &value
	}
	region := getenv("AWS_REGION")
	if region == "" {
		return aws.Config{}, errors.New("AWS_REGION is not set: name the region of the function")
	}
	return aws.Config{
		Region:       region,
		BaseEndpoint: endpoint,
		Credentials:  environmentCredentials(getenv),
		HTTPClient:   NewClient(limits.Attempt),
		Retryer:      func() aws.Retryer { return newRetryer(limits) },
	}, nil
}

// IsURL says whether text is an http or https URL with a host.
func IsURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// environmentCredentials are those of the function's role, which Lambda keeps in the
// environment for the life of the process.
func environmentCredentials(getenv func(string) string) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		c := aws.Credentials{
			AccessKeyID:     getenv("AWS_ACCESS_KEY_ID"),
			SecretAccessKey: getenv("AWS_SECRET_ACCESS_KEY"),
			SessionToken:    getenv("AWS_SESSION_TOKEN"),
			Source:          "environment",
		}
		if !c.HasKeys() {
			return aws.Credentials{}, errors.New("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must both be set")
		}
		return c, nil
	})
}

// newRetryer makes a retryer in which the SDK decides only which errors to retry. It
// has no token bucket, which would stay empty after a fault and fail the first calls.
// It does not depend on AWS_NEW_RETRIES_2026, which changes the SDK's defaults and
// whether it counts attempts from 0 or 1.
func newRetryer(limits Limits) aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = limits.Attempts
		o.MaxBackoff = limits.Pause
		o.RateLimiter = ratelimit.None
		o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) {
			half := limits.Pause / 2
			return half + rand.N(half+1), nil //nolint:gosec // spreads the load, protects nothing
		})
	})
}
