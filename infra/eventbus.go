package main

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/jsii-runtime-go"
)

// archivedDays is how long events can be replayed: a quarter of a year is
// enough to notice and fix a consumer's fault. A consumer that needs older
// changes reads the history, which keeps all of them.
const archivedDays = 90

// newEventBus makes the bus that carries an event for each change of a
// membership. Its name is fixed, since the subscribers' rules name it. Bus and
// archive are deleted with the stack: the history has everything that was
// published.
func newEventBus(stack awscdk.Stack) awsevents.EventBus {
	bus := awsevents.NewEventBus(stack, jsii.String("EventBus"), &awsevents.EventBusProps{
		EventBusName: stack.StackName(),
		Description:  jsii.String("An event for each change of a membership."),
	})
	fixLogicalID(bus, "EventBus")
	archive := awsevents.NewArchive(stack, jsii.String("EventArchive"), &awsevents.ArchiveProps{
		SourceEventBus: bus,
		Description:    jsii.String(fmt.Sprintf("The events of the last %d days, for a replay.", archivedDays)),
		EventPattern:   &awsevents.EventPattern{Account: &[]*string{stack.Account()}},
		Retention:      awscdk.Duration_Days(jsii.Number(archivedDays)),
	})
	newOutput(stack, "EventBusName", "The bus with an event for each change of a membership.", bus.EventBusName())
	newOutput(stack, "EventBusArn", "The destination of a replay of the archive.", bus.EventBusArn())
	newOutput(stack, "EventArchiveArn", "The archive of the bus, for a replay.", archive.ArchiveArn())
	return bus
}
