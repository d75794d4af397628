package lambda_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	runtime "github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"users-organizations/infra/local/lambda"
	"users-organizations/pkg/telemetry/telemetrytest"
)

// TestMain makes this test binary a function binary too: in an environment
// that names a behaviour it serves invocations instead of running tests.
func TestMain(m *testing.M) {
	switch os.Getenv("BEHAVIOUR") {
	case "":
		os.Exit(m.Run())
	case "unable to start":
		fmt.Fprintln(os.Stderr, "TABLE_NAME must be set")
		os.Exit(3)
	default:
		runtime.Start(behave)
	}
}

type order struct {
	Do   string
	Size int
	File string
}

func behave(ctx context.Context, o order) (any, error) {
	switch o.Do {
	case "fail":
		return nil, errors.New("Unauthorized")
	case "panic":
		panic("out of luck")
	case "exit":
		fmt.Println("the last line")
		os.Exit(7)
	case "hang":
		<-time.After(time.Hour)
	case "fill":
		return strings.Repeat("a", o.Size), nil
	case "meet":
		return nil, meet(o.File, o.Size)
	}
	deadline, _ := ctx.Deadline()
	lc, _ := lambdacontext.FromContext(ctx)
	return map[string]any{
		"pid":       os.Getpid(),
		"requestId": lc.AwsRequestID,
		"arn":       lc.InvokedFunctionArn,
		"deadline":  time.Until(deadline).Seconds(),
		"name":      lambdacontext.FunctionName,
		"memory":    lambdacontext.MemoryLimitInMB,
		"trace":     ctx.Value("x-amzn-trace-id"),
		"region":    os.Getenv("AWS_REGION"),
		"declared":  os.Getenv("BEHAVIOUR"),
		"home":      os.Getenv("HOME"),
	}, nil
}

// meet puts a file into the folder and waits until it has n files.
func meet(folder string, n int) error {
	if err := os.WriteFile(filepath.Join(folder, strconv.Itoa(os.Getpid())), nil, 0o600); err != nil {
		return err
	}
	return await(folder, n)
}

func await(folder string, files int) error {
	for {
		entries, err := os.ReadDir(folder)
		if err != nil || len(entries) >= files {
			return err
		}
		time.Sleep(time.Millisecond)
	}
}

func TestTheFunctionSeesLambdasEnvironment(t *testing.T) {
	t.Parallel()
	f, _ := function(t, nil)
	response, err := f.Invoke(t.Context(), "Root=1-a-b;Sampled=0", []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	var saw map[string]any
	if err := json.Unmarshal(response, &saw); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"arn":      "arn:aws:lambda:eu-west-3:000000000000:function:Stub",
		"name":     "Stub",
		"memory":   256.0,
		"trace":    "Root=1-a-b;Sampled=0",
		"region":   "eu-west-3",
		"declared": "obey",
		"home":     "",
	} {
		if saw[name] != want {
			t.Errorf("%s is %v, want %v", name, saw[name], want)
		}
	}
	if d, _ := saw["deadline"].(float64); d <= 0 || d > 60 {
		t.Errorf("the deadline is in %v s, want it within the function's 60 s", saw["deadline"])
	}
	if id, _ := saw["requestId"].(string); len(id) != 36 {
		t.Errorf("the request id is %v, want a UUID", saw["requestId"])
	}
}

func TestOneProcessServesOneInvocationAfterTheOther(t *testing.T) {
	t.Parallel()
	f, _ := function(t, nil)
	first, second := pid(t, f), pid(t, f)
	if first != second {
		t.Errorf("the processes %v and %v served, want one process", first, second)
	}
	if ids := f.PIDs(); !slices.Equal(ids, []int{first}) {
		t.Errorf("the processes %v run, want only %d", ids, first)
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		event string
		want  string
		// survives: the same process serves the next invocation.
		survives bool
		logged   string
	}{
		"an error":           {`{"Do":"fail"}`, "errorString: Unauthorized", true, ""},
		"a panic":            {`{"Do":"panic"}`, "string: out of luck", false, "crashed while it served (exit status 1)"},
		"an exit":            {`{"Do":"exit"}`, "Runtime.ExitError: ", false, "(exit status 7); the next call starts it again; its last line: the last line"},
		"too long":           {`{"Do":"hang"}`, "Sandbox.Timedout: ", false, "took more than 1s: its process is killed"},
		"a response of 6 MB": {`{"Do":"fill","Size":6291455}`, "Function.ResponseSizeTooLarge: ", false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, logged := function(t, func(c *lambda.Config) {
				if name == "too long" {
					c.Timeout = time.Second
				}
			})
			before := pid(t, f)
			_, err := f.Invoke(t.Context(), "", []byte(test.event))
			var failure *lambda.Error
			if !errors.As(err, &failure) || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("the error is %v, want %q", err, test.want)
			}
			after := pid(t, f)
			if test.survives && after != before {
				t.Error("another process served the next invocation")
			}
			f.Close()
			if !strings.Contains(logged.String(), test.logged) {
				t.Errorf("logged %q, want %q", logged, test.logged)
			}
			if test.survives && logged.String() != "" {
				t.Errorf("logged %q, want nothing", logged)
			}
		})
	}
}

func TestTheLargestResponse(t *testing.T) {
	t.Parallel()
	f, _ := function(t, nil)
	response, err := f.Invoke(t.Context(), "", []byte(`{"Do":"fill","Size":6291454}`))
	if err != nil || len(response) != lambda.MaxResponse {
		t.Errorf("the response has %d bytes (%v), want %d", len(response), err, lambda.MaxResponse)
	}
	if _, err := f.Invoke(t.Context(), "", make([]byte, lambda.MaxEvent+1)); !errors.Is(err, lambda.ErrEventTooLarge) {
		t.Errorf("a larger event: %v, want %v", err, lambda.ErrEventTooLarge)
	}
}

func TestAFunctionThatCannotStart(t *testing.T) {
	t.Parallel()
	f, logged := function(t, func(c *lambda.Config) { c.Environment["BEHAVIOUR"] = "unable to start" })
	var failure *lambda.Error
	if err := f.Warm(t.Context()); !errors.As(err, &failure) {
		t.Errorf("the error is %v, want the function's own", err)
	}
	f.Close()
	want := "Stub: the function crashed at its start (exit status 3); the next call starts it again; its last line: TABLE_NAME must be set\n"
	if logged.String() != want {
		t.Errorf("logged %q, want %q", logged, want)
	}
}

func TestInvocationsBeyondTheLimitAreThrottledAtOnce(t *testing.T) {
	t.Parallel()
	f, _ := function(t, func(c *lambda.Config) { c.Concurrency = 3 })
	folder := t.TempDir()
	event := fmt.Appendf(nil, `{"Do":"meet","Size":4,"File":%q}`, folder)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if _, err := f.Invoke(t.Context(), "", event); err != nil {
				t.Error(err)
			}
		})
	}
	if err := await(folder, 3); err != nil {
		t.Fatal(err)
	}
	_, err := f.Invoke(t.Context(), "", event)
	if want := "throttled: 3 invocations of Stub are running, the most allowed"; !errors.Is(err, lambda.ErrThrottled) || err.Error() != want {
		t.Errorf("a fourth: %v, want %q", err, want)
	}
	if err := meet(folder, 4); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if served := pid(t, f); !slices.Contains(f.PIDs(), served) || len(f.PIDs()) != 3 {
		t.Errorf("process %d of %v served the next invocation, want one of three", served, f.PIDs())
	}
}

func TestACallerThatStopsWaiting(t *testing.T) {
	t.Parallel()
	f, _ := function(t, nil)
	pid(t, f)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := f.Invoke(ctx, "", []byte(`{"Do":"hang"}`)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the error is %v, want %v", err, context.DeadlineExceeded)
	}
	pid(t, f)
}

func TestAFunctionThatWasClosed(t *testing.T) {
	t.Parallel()
	f, logged := function(t, nil)
	process := pid(t, f)
	f.Close()
	if _, err := os.Stat("/proc/" + strconv.Itoa(process)); err == nil {
		t.Error("its process still runs")
	}
	if _, err := f.Invoke(t.Context(), "", []byte(`{}`)); err == nil {
		t.Error("it was invoked")
	}
	if logged.String() != "" {
		t.Errorf("logged %q, want nothing", logged)
	}
}

func TestAMissingBinaryIsNamed(t *testing.T) {
	t.Parallel()
	f, _ := function(t, func(c *lambda.Config) { c.Binary = "/nowhere/bootstrap" })
	_, err := f.Invoke(t.Context(), "", []byte(`{}`))
	if err == nil || !strings.Contains(err.Error(), "/nowhere/bootstrap") {
		t.Errorf("the error is %v, want one that names the file", err)
	}
}

// function is this test binary as a function that obeys its events.
func function(t *testing.T, change func(*lambda.Config)) (*lambda.Function, *telemetrytest.Output) {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	logged := &telemetrytest.Output{}
	config := lambda.Config{
		Name:        "Stub",
		Binary:      binary,
		Environment: map[string]string{"BEHAVIOUR": "obey"},
		MemorySize:  256,
		Timeout:     time.Minute,
		Concurrency: 4,
		Output:      &telemetrytest.Output{},
		Log:         log.New(logged, "", 0),
	}
	if change != nil {
		change(&config)
	}
	f := lambda.New(config)
	t.Cleanup(f.Close)
	return f, logged
}

// pid is the id of the process that serves an invocation.
func pid(t *testing.T, f *lambda.Function) int {
	t.Helper()
	response, err := f.Invoke(t.Context(), "", []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	var saw struct{ PID int }
	if err := json.Unmarshal(response, &saw); err != nil {
		t.Fatal(err)
	}
	return saw.PID
}
