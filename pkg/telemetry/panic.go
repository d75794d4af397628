package telemetry

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Panic makes an error of what recover gave, with the stack, for the log. The
// thrown value is included only where the Go runtime threw it: any other could
// contain data of the request.
func Panic(thrown any) error {
	if err, ok := thrown.(runtime.Error); ok {
		return fmt.Errorf("panic: %w\n%s", err, debug.Stack())
	}
	return fmt.Errorf("panic: a %T\n%s", thrown, debug.Stack())
}
