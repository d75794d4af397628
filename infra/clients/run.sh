#!/usr/bin/env bash
# Generates a client from openapi.yaml with each of five generators, and runs a
# program with it against the local system: each has to print printed.txt. A
# generator that can't be fetched is NOT RUN, an error under CLIENTS=required.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/infra/clients work=$PWD/.local/clients document=$PWD/pkg/openapi/openapi.yaml
mkdir -p "$work"

fetch_go() { (cd "$here/oapi-codegen" && go list -deps tool github.com/oapi-codegen/runtime); }

fetch_npm() {
	cmp -s "$here/package-lock.json" "$work/fetched-package-lock.json" && return
	cp "$here"/package*.json "$work" && npm ci --prefix "$work" --ignore-scripts --no-audit --no-fund --loglevel=error &&
		cp "$here/package-lock.json" "$work/fetched-package-lock.json"
}

fetch_python3() {
	cmp -s "$here/requirements.txt" "$work/venv/requirements.txt" && return
	python3 -c 'import sys; assert sys.version_info >= (3, 11), "error: it needs Python 3.11"' &&
		python3 -m venv --clear "$work/venv" &&
		"$work/venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$here/requirements.txt" &&
		cp "$here/requirements.txt" "$work/venv"
}

# have TOOL fetches the packages of TOOL. If the tool or a package is not available,
# no_TOOL says why. A package that does not match its lock is an error.
have() {
	local log=$work/$1.log
	printf -v "no_$1" ''
	if ! command -v "$1" >/dev/null; then
		printf -v "no_$1" '%s is not installed' "$1"
	elif ! "fetch_$1" >"$log" 2>&1; then
		! grep -qiE 'EINTEGRITY|EUSAGE|hashes|go\.(mod|sum)|SECURITY ERROR' "$log" || { cat "$log"; exit 1; }
		printf -v "no_$1" '%s fetches no packages: %s' "$1" "$(grep -im1 error "$log" || tail -n 1 "$log")"
	fi
}

echo "Fetching the generators, where they are not in .local/clients"
for tool in go npm python3; do have $tool; done

data=$(mktemp -d)
env -u DYNAMODB_ENDPOINT .local/bin/local serve -port 0 -data "$data" -ready "$data/ready" >/dev/null 2>"$work/local.log" &
system=$!
trap 'kill $system 2>/dev/null && wait $system || true; rm -rf "$data"' EXIT
until [[ -s $data/ready ]]; do
	kill -0 $system 2>/dev/null || { cat "$work/local.log"; exit 1; }
	sleep 0.1
done
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }
tokens=$(.local/bin/local token -data "$data")
BASE_URL=$(field url <"$data/ready")
ACCESS_TOKEN=$(field authorization <<<"$tokens" | sed 's/^Bearer //')
SESSION_TOKEN=$(field x-session-token <<<"$tokens")
export BASE_URL ACCESS_TOKEN SESSION_TOKEN USER_ID=0
export PATH=$work/venv/bin:$work/node_modules/.bin:$PATH

generate() { "$@" >log 2>&1 || { tail -n 20 log; return 1; }; }

run() {
	case $(echo main.*) in
	main.go) go build -o client . && limited ./client ;;
	main.ts) tsc --strict --target es2022 --module nodenext --noEmitOnError main.ts >&2 && limited node main.js ;;
	main.py) limited python main.py ;;
	esac
}

# limited runs a program for at most LIMIT seconds (300), if the command timeout
# exists: each program reads a history until it is complete.
limit=${LIMIT:-300}
limited() {
	local status=0
	if command -v timeout >/dev/null; then timeout "$limit" "$@" || status=$?; else "$@" || status=$?; fi
	[[ $status != 124 ]] || { echo "The program still ran after $limit s. The local system's log:" && cat "$work/local.log"; } >&2
	return $status
}

# client NAME "TOOL…" COMMAND… generates the client with that command in a copy
# of the folder NAME, and runs the program there.
failed='' missed=''
client() {
	local name=$1 tools=$2 tool reason
	shift 2
	for tool in $tools; do
		reason=no_$tool
		[[ -z ${!reason} ]] || { echo "$name: NOT RUN, ${!reason}" && missed=yes && return; }
	done
	rm -rf "${work:?}/$name" && cp -R "$here/$name" "$work"
	USER_ID=$((USER_ID + 1))
	if (cd "$work/$name" && generate "$@" && run >printed.txt && diff -u "$here/printed.txt" printed.txt); then
		echo "$name: passed"
	else
		echo "$name: FAILED, see .local/clients/$name"
		failed=yes
	fi
}
client oapi-codegen go go tool oapi-codegen -config settings.yaml "$document"
client openapi-fetch npm openapi-typescript "$document" --output memberships.ts
client openapi-generator-python python3 openapi-generator-cli generate --config settings.yaml --input-spec "$document"
client openapi-generator-typescript-fetch "python3 npm" openapi-generator-cli generate --config settings.yaml --input-spec "$document"
client openapi-python-client python3 openapi-python-client generate --config settings.yaml --meta none --output-path memberships --path "$document"

[[ -z $failed ]] && [[ -z $missed || ${CLIENTS:-optional} != required ]]
