package main

import (
	"context"
	"fmt"
)

func (d *deployment) dynamodb(ctx context.Context, operation string, input, output any) error {
	return d.aws.action(ctx, "dynamodb", "DynamoDB_20120810."+operation, input, output)
}

// pairKey is the key of a membership of the organization in the table.
func pairKey(user int) map[string]any {
	return map[string]any{"userId": number(user), "organizationId": number(organization)}
}

func number(n int) map[string]string { return map[string]string{"N": fmt.Sprint(n)} }
