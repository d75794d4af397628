# `make run` serves the project on this machine, `make test` tests it.

.DEFAULT_GOAL := help
.PHONY: help run test test-dynamodb-local build bootstrap bin program port free engine token lint fuzz soak load bench plots picture simulate clean-local

# go.mod names the toolchain. Go's container images set GOTOOLCHAIN=local, with
# which an older Go would refuse it.
export GOTOOLCHAIN := auto

ARCH     ?= arm64
FUZZTIME ?= 30s
SOAK     ?= 10m
SEED     ?= 0
LOAD     ?= 1m
GOVULN   ?= optional
GOVULNDB ?= https://vuln.go.dev

FUNCTIONS := $(notdir $(wildcard functions/*))
ENGINE    := infra/local/node_modules/.installed
RENDERER  := .local/docs/renderer.js
DOCSTOOLS := infra/docs/node_modules/.package-lock.json
LINT      := .local/tools/golangci-lint-v2.15.0
VULNCHECK := .local/tools/govulncheck-v1.9.0
MINISTACK := .local/tools/ministack/.installed
REDOCLY    = REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true infra/docs/node_modules/.bin/redocly

# The flags of every compilation without the race detector: with other flags go
# would compile each dependency again, the standard library included.
SHARED     = CGO_ENABLED=0 GOFLAGS='$(GOFLAGS) -trimpath -tags=lambda.norpc'

# Builds each function as $(1)/<function>/bootstrap, the same bytes from the same
# sources on every machine. A rename puts the finished file in place, so that two
# builds at once do not collide, and a running process keeps its file.
GO_BUILD   = $(SHARED) go build -buildvcs=false -ldflags='-s -w'
functions  = for f in $(FUNCTIONS); do mkdir -p $(1)/$$f && $(call compile,functions/$$f,$(1)/$$f/bootstrap,$(2)) || exit 1; done
compile    = { $(3) $(GO_BUILD) -v -o $(2).$$$$ ./$(1) 2>&1 || echo failed; } | $(call in_steps,$(1)) && mv -f $(2).$$$$ $(2)

# go prints a line for each module that it downloads, and with -v for each package
# that it compiles. in_steps shows one line for each of the two, and all errors.
in_steps = { modules= packages=; while IFS= read -r line; do case $$line in \
	failed) exit 1;; \
	"go: downloading "*" v"*) test -n "$$modules" || $(call say,downloading modules); modules=yes;; \
	*[!A-Za-z0-9./_-]*) printf '%s\n' "$$line" >&2;; \
	?*) test -n "$$packages" || $(call say,building $(1)); packages=yes;; esac; done; }
say      = echo "$(1)" >&2

need = command -v $(1) >/dev/null || { echo "$(1) is missing: install $(or $(NEED_$(1)),it)"; exit 1; }
NEED_go  = Go, the version in go.mod or newer
NEED_npm = Node.js 22 or newer (20 still works), which brings npm
NEED_aws = the AWS CLI, version 2
NEED_python3 = Python 3.11 or newer

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-19s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: port free bin renderer $(if $(DYNAMODB_ENDPOINT),,engine) ## serve on this machine until Ctrl-C (PORT=3000, DYNAMODB_ENDPOINT=http://… for another DynamoDB)
	@$(call need,curl)
	@exec .local/bin/local

port:
	@case "$$PORT" in *[!0-9]*|0?*|??????*) false;; *) test "$${PORT:-0}" -le 65535;; esac || \
	{ echo "PORT is \"$$PORT\": it must be a number from 0 to 65535"; exit 1; }

free: program
	@.local/bin/local free

RACE = $(if $(filter 1,$(shell go env CGO_ENABLED)),-race)
test: bin engine ## every test, with the race detector where there is a C compiler
	@echo "Race detector: $(if $(RACE),on ($(shell go env CC)),off, since there is no C compiler)"
	@test -n "$(RACE)" || test -z "$(REQUIRE_RACE)" || { echo "REQUIRE_RACE is set: install a C compiler"; exit 1; }
	@d=$$(mktemp -d) && trap 'rm -rf "$$d"' EXIT && export TEST_NOTES=$$d/notes && touch $$d/notes && \
	{ $(if $(RACE),,$(SHARED)) go test -count=1 $(RACE) $$(go list ./... | grep -v '/infra$$') && $(SHARED) go test -count=1 ./infra && \
	touch $$d/passed; } | tee $$d/log && test -e $$d/passed || \
	{ awk '/^FAIL\t/ { failed = failed " " $$2 } END { if (failed) print "failed:" failed "; see above" }' $$d/log; exit 1; } && \
	echo "What the tests ran on, and what was NOT RUN:" && sort -u "$$TEST_NOTES" && \
	echo "the reference page in a browser: NOT RUN, left to make test-browser, which needs Chromium"

test-dynamodb-local: ## the store suite on Amazon's DynamoDB Local, if JDK 17 and Maven are installed
	@infra/local/dynamodblocal/test.sh

build: ## dist/<function>/bootstrap for Lambda (ARCH=arm64 or amd64)
	@$(call need,go)
	@$(call functions,dist,GOOS=linux GOARCH=$(ARCH))

bootstrap: # PACKAGE=./functions/<function> as OUT, for this machine
	@$(GO_BUILD) -o $(OUT) $(PACKAGE)

bin: program ## the same for this machine, and the local system, in .local/bin
	@$(call need,go)
	@$(call functions,.local/bin)

program:
	@$(call need,go)
	@mkdir -p .local/bin && $(call compile,infra/local,.local/bin/local)

engine: $(if $(shell command -v dynoxide),,$(ENGINE)) ## the DynamoDB engine of local runs and tests, from npm

# Installs into another folder, then moves file by file, so that two installations
# at once do not collide.
$(ENGINE): infra/local/package-lock.json
	@$(call need,npm)
	@$(call say,installing the DynamoDB engine)
	@mkdir -p .local && d=$$(mktemp -d .local/engine-XXXXXX) && trap "rm -rf $$d" EXIT && \
	cp infra/local/package*.json $$d && npm ci --prefix $$d --ignore-scripts --no-audit --no-fund --loglevel=error && \
	(cd $$d && find node_modules -type d -exec mkdir -p $(CURDIR)/infra/local/{} \; \
	-o -type f -exec mv -f {} $(CURDIR)/infra/local/{} \;) && touch $@

token: $(if $(ENV),environment) program ## tokens for the local system, or for ENV=dev … (ARGS="-user 42 -scope '' -ttl 5m")
	@.local/bin/local token $(if $(ENV),-env $(ENV)) $(ARGS)

lint: bin $(LINT) $(VULNCHECK) $(DOCSTOOLS) ## formatting, vet, linters, known vulnerabilities, modules, OpenAPI, templates
	@f=$$(gofmt -l $$(find functions infra pkg -name node_modules -prune -o -name '*.go' -print)); \
	test -z "$$f" || { echo "gofmt -w is needed for:"; echo "$$f"; exit 1; }
	$(SHARED) go vet ./...
	$(SHARED) $(LINT) run
	$(REDOCLY) lint --config pkg/openapi/redocly.yaml pkg/openapi/openapi.yaml
	infra/docs/node_modules/.bin/spectral lint --ruleset pkg/openapi/spectral.yaml --fail-severity hint pkg/openapi/openapi.yaml
	@if curl --silent --fail --max-time 20 --output /dev/null $(GOVULNDB)/index/db.json; \
	then echo "govulncheck: ./... and the functions' binaries"; $(VULNCHECK) -db $(GOVULNDB) ./... && \
	for f in $(FUNCTIONS); do $(VULNCHECK) -db $(GOVULNDB) -mode binary .local/bin/$$f/bootstrap || exit 1; done; \
	else echo "govulncheck: NOT RUN, $(GOVULNDB) can't be reached"; test $(GOVULN) != required; fi
	go mod tidy -diff
	go mod verify
	@if command -v sam >/dev/null; then echo "sam validate --lint"; sam validate --lint; \
	elif command -v cfn-lint >/dev/null; then echo "cfn-lint template.yaml"; cfn-lint template.yaml; \
	else echo "template.yaml: NOT CHECKED, neither sam nor cfn-lint is installed"; fi
	@if command -v cfn-lint >/dev/null; then echo "cfn-lint infra/testdata/*.json"; cfn-lint infra/testdata/*.json; \
	else echo "the stack's templates: NOT CHECKED, cfn-lint is not installed"; fi
	@$(SHARED) go run ./infra/scan infra/testdata/*.json

$(LINT):
	@$(call install,github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0)
$(VULNCHECK):
	@$(call install,golang.org/x/vuln/cmd/govulncheck@v1.9.0)
install = $(call say,installing $(1)); d=$$(mktemp -d) && trap "rm -rf $$d" EXIT && \
	GOBIN=$$d go install $(1) && mkdir -p $(@D) && mv $$d/* $@

# Up to Go 1.26 a fuzz target can fail only because its time is over. Then it
# prints only this (https://go.dev/issue/75804).
timeover = sed -n '/^--- FAIL/{n;p;}' $(1) | grep -qx ' *context deadline exceeded'
fuzz: ## every fuzz target, each for FUZZTIME (30s); FUZZ=FuzzBearer runs only that one
	@log=$$(mktemp) && trap 'rm -f $$log' EXIT && none=yes failed= && \
	for t in $$(grep -roE --include='*_test.go' '^func $(or $(FUZZ),Fuzz[A-Za-z0-9_]*)\(' functions pkg infra/local | \
	sed 's|/[^/]*:func \(.*\)(|:\1|' | sort); do \
	p=$${t%:*} f=$${t#*:} none=; echo "$$p $$f"; \
	go test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 2s ./$$p 2>&1 | tee $$log; \
	grep -q '^ok' $$log || $(call timeover,$$log) || failed="$$failed $$f"; done; \
	test -z "$$none" || { echo "FUZZ is \"$(FUZZ)\": there is no such fuzz target"; exit 1; }; \
	test -z "$$failed" || { echo "failed, or not run:$$failed"; exit 1; }

soak: engine ## one history after the other under faults, for SOAK (10m); SEED repeats one
	go test -count=1 -timeout 0 -v -run '^TestHistory$$' ./infra/local/faults -args -soak $(SOAK) -seed $(SEED)

load: engine ## requests of every kind at full speed, for LOAD (1m); OUT=infra/local/LOAD.md keeps the figures
	go test -count=1 -timeout 0 -v -run '^TestLoad$$' ./infra/local -args -load $(LOAD) $(if $(OUT),-load-out $(abspath $(OUT)))

bench: engine ## measure the functions against simpler ones, for ten minutes (SHORT=1: two); fails if a goal is missed
	@$(SHARED) go run ./infra/local/bench $(if $(SHORT),-short) $(if $(OUT),-out $(OUT))

plots: ## draw the charts of infra/local/bench/results.json, which make bench OUT=… writes
	@$(SHARED) go run ./infra/local/bench/charts -results infra/local/bench/results.json -dir infra/local/bench

picture: ## draw the system, infra/picture/system.svg, from the text beside it
	@$(SHARED) go run ./infra/picture <infra/picture/system.txt >infra/picture/.svg && mv infra/picture/.svg infra/picture/system.svg

simulate: ## 100 million memberships on DynamoDB's partitions, in seconds (ARGS="-rate 40000 -hot 5000000")
	@$(SHARED) go run ./infra/local/bench/growth $(ARGS)

# The contract: the reference page, its test in a browser, generated clients, and the test of a deployment.
.PHONY: renderer docs test-browser chromium clients conformance smoke address

renderer: $(RENDERER) ## the renderer of the reference page, from npm

$(RENDERER): infra/docs/package.json infra/docs/renderer.mjs
	@$(call need,npm)
	@$(call say,fetching the renderer of the reference page)
	@node infra/docs/renderer.mjs $@ && touch $@

$(DOCSTOOLS): infra/docs/package.json infra/docs/package-lock.json
	@$(call need,npm)
	@$(call say,installing the linter of the OpenAPI document and the driver of the browser)
	@npm ci --prefix infra/docs --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@

docs: renderer ## the reference page as static files in dist/docs (URL=https://…/main for one deployment)
	@$(SHARED) go run ./infra/docs/static -renderer $(RENDERER) -server "$(URL)"

test-browser: chromium bin engine docs $(DOCSTOOLS) ## the reference page in Chromium (CHROMIUM=/path/to/it), screenshots into .local/screenshots
	@node --test infra/docs/browser/

chromium:
	@$(call need,npm)
	@node infra/docs/browser/chromium.mjs

clients: bin engine ## a client from each of five generators, run against a local system; names those it could not fetch
	@infra/clients/run.sh

conformance: address ## the contract's cases against URL=… (infra/local/README.md: tokens from the environment)
	@$(SHARED) go run ./infra/conformance/cmd -url "$(URL)"

smoke: address ## the cases of a release, which store nothing, against URL=… (tokens are optional)
	@$(SHARED) go run ./infra/conformance/cmd -smoke -url "$(URL)"

address:
	@case "$(URL)" in http://?*|https://?*) ;; *) echo "URL is \"$(URL)\": name the deployment with its stage, such as URL=http://127.0.0.1:3000/main"; exit 1;; esac

clean-local: $(if $(wildcard .local/lock),free) ## delete the local data and keys, and other files in .local, such as tokens
	@test ! -d .local || find .local -mindepth 1 -maxdepth 1 ! -name tools ! -name docs -exec rm -rf {} +

# The CDK's command line, for one environment. A deployment asks before it grants
# new rights, unless APPROVAL=never.
.PHONY: synth diff deploy cli region environment
APPROVAL ?= broadening
CLI      := infra/node_modules/.package-lock.json
commit    = -c commit=$$(git rev-parse HEAD)
cdk       = cd infra && $(SHARED) npx --no-install cdk $(1) --strict --output cdk.out/$(ENV) -c env=$(ENV)

synth: environment build $(CLI) ## build, and write the CloudFormation templates of ENV=dev, staging or prod into infra/cdk.out/ENV
	@$(call cdk,synth) --quiet $(commit)
	@echo "The templates are infra/cdk.out/$(ENV)/*.template.json"

diff: synth ## what a deployment to ENV would change
	@cd infra && npx --no-install cdk diff --strict --app cdk.out/$(ENV)

deploy: environment $(CLI) ## build, deploy to ENV, print the URL, check it
	@$(call need,aws)
	@$(SHARED) infra/deploy.sh $(ENV) $(APPROVAL)

cli: $(CLI) ## the CDK's command line, from npm

region: environment ## the AWS region of ENV, from samconfig.toml
	@sed -n '/^\[$(ENV)\./,/^$$/s/^region = "\(.*\)"$$/\1/p' samconfig.toml

# Deploys the templates of synth onto an emulated AWS account on this machine.
.PHONY: test-deploy
test-deploy: override ENV := dev
test-deploy: $(MINISTACK) bin synth ## deploy dev onto an emulated AWS, test it, release, remove it (needs Python)
	@$(call compile,infra/deploytest,.local/bin/deploytest)
	@exec .local/bin/deploytest

$(MINISTACK): infra/deploytest/requirements.txt
	@$(call need,python3)
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$$(python3 --version) is too old: install $(NEED_python3)"; exit 1; }
	@python3 -c 'import ensurepip, venv' 2>/dev/null || { echo "python3 comes without pip: install python3-venv"; exit 1; }
	@$(call say,installing ministack)
	@rm -rf $(@D) && python3 -m venv $(@D) && $(@D)/bin/pip install --quiet --disable-pip-version-check --no-cache-dir \
	--only-binary :all: --require-hashes --requirement $< && touch $@

environment:
	@case "$(ENV)" in dev|staging|prod) ;; *) echo "ENV is \"$(ENV)\": say ENV=dev, ENV=staging or ENV=prod"; exit 1;; esac

$(CLI): infra/package.json infra/package-lock.json
	@$(call need,npm)
	@$(call say,installing the command line of the CDK)
	@npm ci --prefix infra --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@
