package stream

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

// shard is a part of the stream, with how far it was read.
type shard struct {
	id string
	// last is the sequence number of the last record that the function has
	// processed, empty before the first.
	last string
	// iterator names the next records; nil if it must be requested.
	iterator *string
	// finished: the shard is closed and all its records were processed.
	finished bool
}

// poll reads each shard once and gives how many records were processed. A shard is
// read after its parent, which has earlier changes of the same items (Amazon
// DynamoDB developer guide, "Reading and processing a stream").
func (m *Mapping) poll(ctx context.Context) (int, error) {
	descriptions, err := m.describe(ctx)
	if err != nil {
		return 0, err
	}
	known := m.shards
	m.shards = make(map[string]*shard, len(descriptions))
	for _, d := range descriptions {
		m.shards[*d.ShardId] = known[*d.ShardId]
		if known[*d.ShardId] == nil {
			m.shards[*d.ShardId] = &shard{id: *d.ShardId}
		}
	}
	total := 0
	for _, d := range descriptions {
		s, parent := m.shards[*d.ShardId], m.shards[aws.ToString(d.ParentShardId)]
		if s.finished || parent != nil && !parent.finished {
			continue
		}
		n, err := m.read(ctx, s)
		total += n
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

func (m *Mapping) describe(ctx context.Context) ([]types.Shard, error) {
	var all []types.Shard
	in := &dynamodbstreams.DescribeStreamInput{StreamArn: aws.String(m.arn)}
	for {
		out, err := m.client.DescribeStream(ctx, in)
		if err != nil {
			return nil, err
		}
		all = append(all, out.StreamDescription.Shards...)
		if in.ExclusiveStartShardId = out.StreamDescription.LastEvaluatedShardId; in.ExclusiveStartShardId == nil {
			return all, nil
		}
	}
}

// read hands the shard's next records to the function, in several batches where
// one invocation has no room for them.
func (m *Mapping) read(ctx context.Context, s *shard) (int, error) {
	if err := m.position(ctx, s); err != nil {
		return 0, err
	}
	out, err := m.client.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{
		ShardIterator: s.iterator, Limit: aws.Int32(m.config.BatchSize),
	})
	if err != nil {
		s.iterator = nil // It may have expired: it is valid for 15 minutes.
		return 0, err
	}
	batch, err := newBatch(m.arn, out.Records)
	if err != nil {
		return 0, err
	}
	for _, part := range cut(batch) {
		if err := m.deliver(ctx, s, part); err != nil {
			s.iterator = nil
			return 0, err
		}
	}
	s.iterator = out.NextShardIterator
	s.finished = s.iterator == nil
	return len(batch), nil
}

// position requests an iterator where the shard has none.
func (m *Mapping) position(ctx context.Context, s *shard) error {
	if s.iterator != nil {
		return nil
	}
	in := &dynamodbstreams.GetShardIteratorInput{
		StreamArn: aws.String(m.arn), ShardId: aws.String(s.id), ShardIteratorType: types.ShardIteratorTypeTrimHorizon,
	}
	if s.last != "" {
		in.ShardIteratorType, in.SequenceNumber = types.ShardIteratorTypeAfterSequenceNumber, aws.String(s.last)
	}
	out, err := m.client.GetShardIterator(ctx, in)
	if _, trimmed := errors.AsType[*types.TrimmedDataAccessException](err); trimmed && s.last != "" {
		m.config.Log.Printf("%s: the stream of %s no longer has the next changes: some may be missing", m.config.Function, m.config.TableName)
		s.last = ""
		return m.position(ctx, s)
	}
	if err != nil {
		return fmt.Errorf("finding the place in the shard %s: %w", s.id, err)
	}
	s.iterator = out.ShardIterator
	return nil
}
