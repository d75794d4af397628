#!/bin/sh
# deploy.sh <environment> <approval>: deploys the commit of the work tree, then
# sends the deployed API a few requests that store nothing. If it fails, its
# last line says why and what runs now. `make deploy` calls it.
set -u
cd "$(dirname "$0")/.." || exit 1
environment=$1 approval=$2
stack=users-organizations-$environment

fail() { echo "make deploy: $*" >&2; exit 1; }
in_infra() { (cd infra && "$@"); }
# member FILE PATH prints a value of a JSON file in infra/cdk.out, or nothing.
member() { in_infra node -p "try { require('./cdk.out/$1')$2 } catch { '' }"; }

test -z "$(git status --porcelain)" ||
	fail "the work tree has changes, so nothing was deployed: commit them, so that what runs can be found again"
commit=$(git rev-parse HEAD) || exit 1
account=$(aws sts get-caller-identity --query Account --output text 2>&1) ||
	fail "the AWS CLI finds no credentials that work, so nothing was deployed: $(echo "$account" | grep . | tail -1)"
AWS_REGION=$(make -s --no-print-directory region ENV="$environment") || exit 1
export AWS_REGION

make --no-print-directory build ARCH=arm64 || fail "the functions can't be built, so nothing was deployed"
in_infra npx --no-install cdk synth --strict --quiet --output "cdk.out/$environment" \
	-c env="$environment" -c deploy=true -c commit="$commit" || fail "there are no templates, so nothing was deployed"

wanted=$(member "$environment/manifest.json" ".artifacts['$stack'].environment" | sed 's|^aws://\([^/]*\)/.*|\1|')
case $wanted in
unknown-account | "$account") ;;
*) fail "the credentials are of account $account and $environment is in $wanted, so nothing was deployed: use credentials of $wanted" ;;
esac

# An account and region has one such role, for every API.
if test -n "$(member "$environment/manifest.json" ".artifacts['api-gateway-log-role'].type")"; then
	role=$(aws apigateway get-account --query cloudwatchRoleArn --output text 2>&1) || role="unknown: $role"
	case $role in
	None | "" | *:role/api-gateway-log-role-*) ;;
	arn:*) fail "API Gateway writes its logs with $role, a role of another owner, so nothing was deployed: set GatewayLogRole of $environment to false" ;;
	*) echo "API Gateway's log role: NOT CHECKED, since it can't be read; this deployment replaces it" ;;
	esac
fi

state() {
	aws cloudformation describe-stacks --stack-name "$stack" --output text --query "Stacks[0].$1" 2>/dev/null
}
deployed="Outputs[?OutputKey=='Commit'].OutputValue | [0]"
before=$(state "$deployed")
in_infra npx --no-install cdk deploy --strict --app "cdk.out/$environment" --all --require-approval "$approval" \
	--outputs-file "cdk.out/$environment.json" || case $(state StackStatus) in
	UPDATE_ROLLBACK_COMPLETE) fail "the deployment failed and was rolled back: $(state "$deployed") runs, as before" ;;
	ROLLBACK_COMPLETE) fail "the first deployment failed and was rolled back: see infra/README.md, Deploy it, for what is left" ;;
	*ROLLBACK_FAILED) fail "the deployment failed, and so did its rollback: see infra/README.md, Roll back, continue-update-rollback" ;;
	CREATE_COMPLETE | UPDATE_COMPLETE) fail "the deployment did not begin: $before runs, as before" ;;
	"") fail "the deployment did not begin: there is no $stack" ;;
	*) fail "the deployment failed; the stack is $(state StackStatus)" ;;
	esac

url=$(member "$environment.json" "['$stack'].Url")
echo "$url"
header() { sed -n "s/^header = \"$1: \(.*\)\"\$/\1/p"; }
# Without the right to read the keys, the smoke check lists the cases that need
# tokens as NOT RUN.
if all=$(go run ./infra/local token -env "$environment" -ttl 5m -curl 2>/dev/null) &&
	none=$(go run ./infra/local token -env "$environment" -ttl 5m -curl -scope '' 2>/dev/null); then
	BEARER_TOKEN=$(echo "$all" | header Authorization) SESSION_TOKEN=$(echo "$all" | header x-session-token)
	UNSCOPED_BEARER_TOKEN=$(echo "$none" | header Authorization) UNSCOPED_SESSION_TOKEN=$(echo "$none" | header x-session-token)
	export BEARER_TOKEN SESSION_TOKEN UNSCOPED_BEARER_TOKEN UNSCOPED_SESSION_TOKEN
fi
go run ./infra/conformance/cmd -smoke -wait 1m -url "${url%%/users-organizations/*}" ||
	fail "the smoke check fails, and nothing was rolled back: $commit runs. To go back: git switch --detach ${before:-<the last good commit>} && make deploy ENV=$environment"
