package historytest_test

import (
	"testing"

	"users-organizations/pkg/history/historytest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	historytest.TestLog(t, &historytest.Memory{})
}
