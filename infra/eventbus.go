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
// membership to its subscribers. Its name is fixed, since their rules name it.
// Bus and archive are deleted with the stack: the history has all that was
// published.
func newEventBus(stack awscdk.Stack) awsevents.EventBus {
	bus := awsevents.NewEventBus(stack, jsii.String("EventBus"), &awsevents.EventBusProps{
		EventBusName: stack.StackName(),
		Description:  jsii.String("An event for each change of a membership."),
	})
	fixLogicalID(bus, "EventBus")
	archive := awsevents.NewArchive(stack, jsii.String("EventArchive"), &awsevents.ArchiveProps{
		SourceEventBus: bus,
		Description:    jsii.String(fmt.Sprintf("The events of the last %d days, to be replayed.", archivedDays)),
		EventPattern:   &awsevents.EventPattern{Account: &[]*string{stack.Account()}},
		Retention:      awscdk.Duration_Days(jsii.Number(archivedDays)),
	})
	newOutput(stack, "EventBusName", "The bus with an event for each change of a membership.", bus.EventBusName())
	newOutput(stack, "EventBusArn", "Where a replay of the archive goes.", bus.EventBusArn())
	newOutput(stack, "EventArchiveArn", "The archive of the bus, which can be replayed.", archive.ArchiveArn())
	return bus
}
