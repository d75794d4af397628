package telemetry

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Panic returns an error for the log, with the stack, from the value that recover
// returned. The value is included only if it comes from the Go runtime: any other
// could contain data of the request.
func Panic(recovered any) error {
	if err, ok := recovered.(runtime.Error); ok {
		return fmt.Errorf("panic: %w\n%s", err, debug.Stack())
	}
	return fmt.Errorf("panic: a %T\n%s", recovered, debug.Stack())
}
