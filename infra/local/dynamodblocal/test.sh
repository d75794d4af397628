#!/usr/bin/env bash
# Runs the store suite on Amazon's DynamoDB Local, the second engine beside the
# embedded one. If it can't run, it says so, and fails under
# DYNAMODB_LOCAL=required.
set -euo pipefail
cd "$(dirname "$0")/../../.."
here=infra/local/dynamodblocal lib=.local/dynamodblocal

not_run() {
	echo "store suite on DynamoDB Local: NOT RUN, $1"
	[[ ${DYNAMODB_LOCAL:-optional} != required ]] || exit 1
	exit 0
}
command -v java >/dev/null && command -v javac >/dev/null && command -v mvn >/dev/null || not_run "it needs a JDK 17 and Maven"
version=$(javac -version 2>&1 | sed 's/^javac \([0-9]*\).*/\1/')
((version >= 17)) || not_run "it needs a JDK 17, and this one is $version"
[[ $(uname -m) == x86_64 ]] || not_run "its SQLite is built for x86-64, and this machine is $(uname -m)"

if [[ ! -f $lib/pom.xml ]] || ! cmp -s $here/pom.xml $lib/pom.xml; then
	rm -rf $lib
	mvn --quiet --batch-mode -Dstyle.color=never --file $here/pom.xml dependency:copy-dependencies "-DoutputDirectory=$PWD/$lib" ||
		not_run "Maven can't fetch it"
	cp $here/pom.xml $lib/pom.xml
fi

log=$(mktemp)
java "-Djava.library.path=$lib" -cp "$lib/*" $here/Loopback.java >"$log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true; rm -f "$log"' EXIT
until url=$(sed -n 's/^listening on //p' "$log") && [[ -n $url ]]; do
	kill -0 $server 2>/dev/null || { cat "$log"; echo "DynamoDB Local did not start"; exit 1; }
	sleep 0.2
done
DYNAMODB_ENDPOINT=$url go test -count=1 -run '^TestStoreOnTheServerOfDYNAMODB_ENDPOINT$' ./pkg/dynamo
echo "store suite on DynamoDB Local $(sed -n 's/^Version:\t*//p' "$log"): passed"
