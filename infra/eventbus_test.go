package main

import "testing"

func TestEventsCanBeReplayed(t *testing.T) {
	t.Parallel()
	for _, environment := range checked {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			stacks := assemblyOf(t, environment)
			bus := stacks.service.one(t, "AWS::Events::EventBus").Properties
			if want := "users-organizations-" + stacks.environment; bus["Name"] != want {
				t.Errorf("the bus is %v, want %s, the name in the subscribers' rules", bus["Name"], want)
			}
			archive := stacks.service.one(t, "AWS::Events::Archive").Properties
			wantJSON(t, "SourceArn", archive["SourceArn"], `{"Fn::GetAtt":["EventBus","Arn"]}`)
			wantJSON(t, "RetentionDays", archive["RetentionDays"], "90")
			// Every event is of this account, so the archive takes all of them.
			if pattern := text(object(archive["EventPattern"])["account"]); pattern != "AWS::AccountId" && pattern != stacks.settings.Account {
				t.Errorf("the archive takes only the events of %s", pattern)
			}
			if got := len(stacks.service.ofType("AWS::Events::EventBusPolicy")); got > 0 {
				t.Errorf("%d policies let others publish or subscribe", got)
			}
		})
	}
}
