package main_test

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"users-organizations/pkg/notes"
)

func TestDataSurvivesARestart(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	first := start(t, options{data: data})
	r := first.register(t, "1/1")
	created := first.send(t, r)
	if created.status != 201 {
		t.Fatalf("responded %d %s", created.status, created.body)
	}
	first.process.Stop()

	second := start(t, options{data: data})
	again := second.send(t, r)
	if again.status != 409 || encoded(t, again.problem(t)["existing"]) != encoded(t, created.object(t)["data"]) {
		t.Errorf("after a restart it responds %d %s", again.status, again.body)
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	for name, signal := range map[string]syscall.Signal{
		"Ctrl-C":                 syscall.SIGINT,
		"a request to terminate": syscall.SIGTERM,
		"the terminal closes":    syscall.SIGHUP,
		"killed without warning": syscall.SIGKILL,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if signal == syscall.SIGKILL && runtime.GOOS != "linux" {
				notes.Add(t, "a killed local system: NOT RUN, only Linux ends its children")
				t.SkipNow()
			}
			s := start(t, options{})
			s.send(t, s.register(t, "1/1"))
			children := childrenOf(t, s.PID)
			if want := 1 + len(functionNames(t)); len(children) != want {
				t.Fatalf("%d children run, want %d, the engine and each function", len(children), want)
			}
			if err := syscall.Kill(s.PID, signal); err != nil {
				t.Fatal(err)
			}
			<-s.process.Done()
			if exit := s.process.Exit(); signal != syscall.SIGKILL && exit != "exit status 0" {
				t.Errorf("it ended with %s", exit)
			}
			for _, pid := range children {
				waitUntilGone(t, pid)
			}
			if strings.Contains(s.output.String(), "crashed") {
				t.Error("it reports a crash of a function that it stopped")
			}
		})
	}
}

func childrenOf(t *testing.T, parent int) []int {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "ps", "-A", "-o", "ppid=", "-o", "pid=").Output()
	if err != nil {
		t.Fatal(err)
	}
	var children []int
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) != 2 || fields[0] != strconv.Itoa(parent) {
			continue
		}
		pid, err := strconv.Atoi(fields[1])
		if err != nil {
			t.Fatal(err)
		}
		children = append(children, pid)
	}
	return children
}

func waitUntilGone(t *testing.T, pid int) {
	t.Helper()
	until(t, "process "+strconv.Itoa(pid)+" has ended", func() bool {
		return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
	})
}

func TestAStartThatFailsSaysWhyInOneLine(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	address := strings.TrimSuffix(strings.TrimPrefix(s.URL, "http://"), "/main")
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	empty := t.TempDir()
	for name, test := range map[string]struct {
		arguments   []string
		environment string
		want        string
	}{
		"a port in use":         {[]string{"-data", t.TempDir(), "-port", port}, "", "port " + port + " is in use: choose another with PORT=…"},
		"data in use":           {[]string{"-data", s.data, "-port", "0"}, "", "a local system uses " + s.data + " (" + s.URL + ", process "},
		"free of data in use":   {[]string{"free", "-data", s.data}, "", "a local system uses " + s.data + " (" + s.URL + ", process "},
		"not a port":            {nil, "PORT=http", `PORT is "http": it must be a number from 0 to 65535`},
		"a port above 65535":    {nil, "PORT=65536", `PORT is "65536"`},
		"not a URL":             {nil, "DYNAMODB_ENDPOINT=localhost:8000", "DYNAMODB_ENDPOINT is \"localhost:8000\": it must be a URL"},
		"no functions":          {[]string{"-data", t.TempDir(), "-port", "0", "-bin", empty}, "", "is not built (run `make bin`)"},
		"no template":           {[]string{"-template", filepath.Join(empty, "t.yaml")}, "", "reading the template"},
		"no concurrency":        {[]string{"-concurrency", "0"}, "", "-concurrency must be 1 or more"},
		"an unknown command":    {[]string{"start"}, "", `there is no command "start"`},
		"an unknown argument":   {[]string{"serve", "now"}, "", `unexpected argument "now"`},
		"a server that is down": {[]string{"-data", t.TempDir(), "-port", "0"}, "DYNAMODB_ENDPOINT=http://127.0.0.1:1", "creating the table memberships-history at http://127.0.0.1:1: dial tcp 127.0.0.1:1: connect: connection refused (DYNAMODB_ENDPOINT names this server: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := local(test.arguments...)
			cmd.Env = append(cmd.Env, test.environment)
			said, err := cmd.CombinedOutput()
			if failed := (*exec.ExitError)(nil); !errors.As(err, &failed) || failed.ExitCode() != 1 {
				t.Errorf("it ended with %v, want exit status 1", err)
			}
			if !strings.HasPrefix(string(said), "local: ") || strings.Count(string(said), "\n") != 1 || !strings.Contains(string(said), test.want) {
				t.Errorf("it printed %q, want one line with %q", said, test.want)
			}
		})
	}
}

func TestAFunctionThatCrashesIsShownAndStartsAgain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		function string
		script   string
		status   int
		shown    string
	}{
		"register at its start":   {"register", "echo 'no luck today' >&2; exit 3", 502, "RegisterFunction: the function crashed at its start (exit status 3)"},
		"authorizer at its start": {"authorizer", "exit 3", 503, "AuthorizerFunction: the function crashed at its start (exit status 3)"},
		"register while it serves": {
			"register", `curl -s "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next" >/dev/null; kill -9 $$`,
			502, "RegisterFunction: the function crashed while it served (signal: killed)",
		},
		"register responds badly": {
			"register", `api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
			while id=$(curl -sf -o /dev/null -D - "$api/next" | sed -n 's/^Lambda-Runtime-Aws-Request-Id: \([^[:space:]]*\).*/\1/p')
			do curl -s -d '"done"' "$api/$id/response" >/dev/null; done`,
			502, `"error":"INTEGRATION_FAILURE","cause":"the function returned no proxy response`,
		},
		"register hangs": {
			"register", `curl -s "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next" >/dev/null; exec sleep 600`,
			502, "took more than 5s: its process is killed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			binaries := copyFunctions(t)
			undo := replace(t, binaries, test.function, test.script)
			s := start(t, options{binaries: binaries, arguments: []string{"-concurrency", "1"}})
			r := s.register(t, "1/1")
			a := s.send(t, r)
			id, _ := a.problem(t)["requestId"].(string)
			if a.status != test.status || id == "" {
				t.Errorf("responded %d %s, want %d", a.status, a.body, test.status)
			}
			s.output.wait(t, test.shown)
			s.output.wait(t, `"requestId":"`+id+`"`)
			undo()
			if test.function == "register" && strings.Contains(name, "badly") {
				return // Its process goes on.
			}
			if a := s.send(t, r); a.status != 201 {
				t.Errorf("with the real function it responds %d %s", a.status, a.body)
			}
		})
	}
}

func TestKeysAreForTheirOwnerOnly(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	info, err := os.Stat(filepath.Join(s.data, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the mode of keys.json is %v, want 0600", info.Mode())
	}
}
