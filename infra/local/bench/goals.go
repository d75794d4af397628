package main

import (
	"strconv"
	"strings"
)

// figure is something that is measured.
type figure struct {
	Name string `json:"name"`
	Unit string `json:"unit"`
}

// The figures.
var (
	binarySize        = figure{"binary size", "bytes"}
	initTime          = figure{"start", "ms"}
	initCPU           = figure{"start, processor time", "ms"}
	firstResponse     = figure{"first response", "ms"}
	firstCPU          = figure{"start and first response, processor time", "ms"}
	warmCPU           = figure{"processor time a call", "µs"}
	warmP50           = figure{"response, p50", "µs"}
	storeP50          = figure{"response, DynamoDB's part, p50", "µs"}
	restP50           = figure{"response, the rest, p50", "µs"}
	warmP99           = figure{"response, p99", "µs"}
	memoryFew         = figure{"memory after 1,000 calls", "bytes"}
	memoryMany        = figure{"memory after 10,000 calls", "bytes"}
	memoryGrowth      = figure{"memory, 10,000 calls to 1,000", "times"}
	systemCalls       = figure{"reads and writes a call", ""}
	connections       = figure{"connections to DynamoDB", ""}
	requests          = figure{"requests to DynamoDB a call", ""}
	writes            = figure{"PutItem a call", ""}
	writeUnits        = figure{"write units a registration", ""}
	itemSize          = figure{"item", "bytes"}
	batchCPU          = figure{"processor time a batch", "ms"}
	batchP50          = figure{"batch, p50", "ms"}
	verifyTime        = figure{"two tokens verified", "µs"}
	verifyAllocations = figure{"two tokens verified, allocations", ""}
)

// limitedResponse is the first response of a function with memory MB.
func limitedResponse(memory int) figure {
	return figure{"first response, imitated " + strconv.Itoa(memory) + " MB", "ms"}
}

// limitedStartTime is the sum of the start, with a whole processor, and the first
// response of a function with memory MB.
func limitedStartTime(memory int) figure {
	return figure{"start and first response, imitated " + strconv.Itoa(memory) + " MB", "ms"}
}

// goal is a figure of one of our functions that must stay within a limit.
type goal struct {
	figure figure
	of     program
	// to is the program it is compared with; nil if the limit is for the figure itself.
	to    *program
	limit float64
}

// goals are the upper limits. Ratios within one run mean something on any machine;
// absolute limits are for counts, and for the time of two tokens.
var goals = append([]goal{
	{binarySize, register, &hello, 1.35},
	{firstCPU, register, &hello, 2.9},
	{firstCPU, register, &handwritten, 0.45},
	{limitedResponse(128), register, &handwritten, 0.03},
	{warmCPU, register, &hello, 1.35},
	{warmCPU, register, &handwritten, 0.70},
	{warmP50, register, &handwritten, 0.90},
	{warmP99, register, &handwritten, 0.85},
	{memoryFew, register, &hello, 1.3},
	// The heap varies by more between two collections.
	{memoryGrowth, register, nil, 1.05},
	{connections, register, nil, 1},
	{requests, register, nil, 1},
	{writes, register, nil, 1},
	{writeUnits, register, nil, 1},
	{binarySize, authorizer, &hello, 1.35},
	{warmCPU, authorizer, &open, 0.90},
	{verifyTime, authorizer, nil, 25},
	{verifyAllocations, authorizer, nil, 130},
	{batchCPU, record.ours, &record.theirs, 1.0},
}, append(operationGoals(), sizeGoals()...)...)

// sizeGoals has one goal for each deployed binary, which operations share.
func sizeGoals() []goal {
	var goals []goal
	weighed := map[string]bool{}
	for _, p := range all() {
		if strings.HasPrefix(p.folder, "functions/") && !weighed[p.folder] {
			weighed[p.folder] = true
			goals = append(goals, goal{binarySize, p, nil, 10e6})
		}
	}
	return goals
}

// operationGoals has the goals of each operation but the registration.
func operationGoals() []goal {
	var goals []goal
	for i := range operations {
		p := &operations[i]
		cpu, p50 := 0.75, 0.95
		if strings.HasPrefix(p.ours.name, "list") {
			cpu, p50 = 0.85, 1.0
		}
		goals = append(goals, goal{limitedResponse(128), p.ours, &p.theirs, 0.03},
			goal{warmCPU, p.ours, &p.theirs, cpu}, goal{warmP50, p.ours, &p.theirs, p50})
	}
	return goals
}
