package stream

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// checkpoints say how far each shard of a stream was read: the sequence number of
// its last processed record, by the shard's id.
type checkpoints struct {
	Stream string            `json:"stream"`
	Shards map[string]string `json:"shards"`
}

// readCheckpoints gives no shards where the file is missing or of another stream,
// as after the table was made anew.
func readCheckpoints(file, arn string) (map[string]*shard, error) {
	text, err := os.ReadFile(file) //nolint:gosec // The caller names the file.
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the stream's checkpoints: %w", err)
	}
	var kept checkpoints
	if err := json.Unmarshal(text, &kept); err != nil {
		return nil, fmt.Errorf("reading the stream's checkpoints: %s: %w", file, err)
	}
	if kept.Stream != arn {
		return nil, nil
	}
	shards := make(map[string]*shard, len(kept.Shards))
	for id, last := range kept.Shards {
		shards[id] = &shard{id: id, last: last}
	}
	return shards, nil
}

// keep writes that r and all records of the shard before it are processed.
func (m *Mapping) keep(s *shard, r record) error {
	s.last = r.Change.SequenceNumber
	kept := checkpoints{Stream: m.arn, Shards: map[string]string{}}
	for id, s := range m.shards {
		if s.last != "" {
			kept.Shards[id] = s.last
		}
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("encoding the stream's checkpoints: %w", err)
	}
	draft := m.config.File + ".draft"
	if err := os.WriteFile(draft, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("keeping the stream's checkpoints: %w", err)
	}
	return os.Rename(draft, m.config.File)
}
