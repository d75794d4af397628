package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"time"

	"users-organizations/pkg/child"
)

// startup is how long ministack may take to start.
const startup = 2 * time.Minute

// emulator is ministack (https://github.com/ministackorg/ministack): an AWS
// account of its own on a loopback address, which is empty at its start and
// forgets everything at its end.
type emulator struct {
	// url is where all services of the account are.
	url     string
	process *child.Process
}

// startEmulator returns once all services are there. Whatever ministack writes
// beside its log is below the folder.
func startEmulator(ctx context.Context, python, folder, log string, place place) (*emulator, error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, fmt.Errorf("looking for a free port: %w", err)
	}
	logFile, err := os.Create(log) //nolint:gosec // G304: our own file.
	if err != nil {
		return nil, err
	}
	defer func() { _ = logFile.Close() }()
	url := "http://127.0.0.1:" + port
	command := exec.Command(python, "infra/deploytest/emulator.py") //nolint:noctx // stop ends it, with all that it has started.
	command.Stdout, command.Stderr = logFile, logFile
	command.Env = append(isolated(folder),
		"BIND_HOST=127.0.0.1",
		"GATEWAY_PORT="+port,
		// These two would listen on every address.
		"IOT_MTLS_ENABLED=0",
		"SFTP_ENABLED=0",
		// Roles and policies count, and every call has to be signed.
		"AUTH=true",
		"AWS_ACCESS_KEY_ID="+rootKey,
		"AWS_SECRET_ACCESS_KEY="+rootKey,
		"MINISTACK_ACCOUNT_ID="+place.id,
		"MINISTACK_REGION="+place.region,
		// The functions' processes inherit these.
		"AWS_ENDPOINT_URL_DYNAMODB="+url,
		"AWS_ENDPOINT_URL_EVENTBRIDGE="+url,
		"AWS_ENDPOINT_URL_SECRETS_MANAGER="+url,
	)
	process, err := child.Start(command)
	if err != nil {
		return nil, fmt.Errorf("starting ministack: %w: run `make test-deploy`, which installs it", err)
	}
	e := &emulator{url, process}
	running, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		<-process.Done()
		cancel(errors.New("it ended at its start"))
	}()
	if err := eventually(running, startup, func() error { return e.healthy(running) }); err != nil {
		e.stop()
		said, _ := os.ReadFile(log) //nolint:gosec // G304: as above.
		return nil, fmt.Errorf("waiting for ministack: %w\n%s", err, lastLines(string(said), 5))
	}
	return e, nil
}

// isolated is an environment without the caller's AWS configuration, in which
// programs write below the folder.
func isolated(folder string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + folder,
		"TMPDIR=" + folder,
		"PYTHONDONTWRITEBYTECODE=1",
	}
}

// freePort returns a port that nothing listens on, outside the ranges from which
// systems take the ports of outgoing connections.
func freePort(ctx context.Context) (string, error) {
	const lowest, ports, tries = 20_000, 10_000, 100
	var err error
	for range tries {
		port := strconv.Itoa(lowest + rand.IntN(ports)) //nolint:gosec // G404: no secret.
		var listener net.Listener
		if listener, err = new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:"+port); err == nil {
			return port, listener.Close()
		}
	}
	return "", err
}

// healthy asks whether all services are there.
func (e *emulator) healthy(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, e.url+"/_ministack/health", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	if err := response.Body.Close(); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return errors.New("its health is " + response.Status)
	}
	return nil
}

// stop ends ministack and the functions' processes. It has nothing to keep.
func (e *emulator) stop() { e.process.Kill() }
