package main

import (
	"context"
	"errors"
	"log"
	"path/filepath"
	"sync"

	"users-organizations/infra/local/stream"
	"users-organizations/infra/local/template"
)

// startStreams hands the changes of tables to the functions that template.yaml maps
// to their streams, until the returned function is called. It logs a line for each
// function that gets no changes because the server has no streams.
func startStreams(ctx context.Context, t template.Template, s settings, endpoint string, all functions, logger *log.Logger) (func(), error) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	for _, declared := range t.Streams {
		mapping, err := stream.Open(ctx, stream.Config{
			Stream:    declared,
			Endpoint:  endpoint,
			TableName: *t.Tables[declared.Table].TableName,
			Target:    all[declared.Function],
			File:      filepath.Join(s.data, declared.Function+".stream.json"),
			Log:       logger,
		})
		if errors.Is(err, stream.ErrNoStream) {
			logger.Printf("%s gets no changes: %v", declared.Function, err)
			continue
		}
		if err != nil {
			cancel()
			running.Wait()
			return nil, err
		}
		running.Go(func() { mapping.Run(ctx) })
	}
	return func() {
		cancel()
		running.Wait()
	}, nil
}
