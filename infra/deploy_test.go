package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// world has a stand-in for each program that deploy.sh calls, as lines of shell.
type world struct{ git, aws, cdk, golang string }

// awsOf responds like the AWS CLI, for a stack with that status.
func awsOf(account, role, status string) string {
	return `case "$*" in
*get-caller-identity*) echo ` + account + `;;
*get-account*) echo ` + role + `;;
*StackStatus*) echo ` + status + `;;
*describe-stacks*) echo before;;
esac`
}

const (
	// cdkOf writes the files that the CDK writes for prod in account 123456789012.
	cdkOf = `case "$*" in
*" synth "*) mkdir -p cdk.out/prod && echo '{"artifacts":{"users-organizations-prod":{"environment":"aws://123456789012/eu-west-3"},
	"api-gateway-log-role":{"type":"aws:cloudformation:stack"}}}' > cdk.out/prod/manifest.json;;
*" deploy "*) echo '{"users-organizations-prod":{"Url":"https://api/main/users-organizations/v1/x"}}' > cdk.out/prod.json; echo "CloudFormation talks";;
esac`
	goOf = `case "$*" in
*" token "*) echo "header = \"Authorization: Bearer a.b.c\""; echo "header = \"x-session-token: d.e.f\"";;
*"cmd -smoke"*) test "$BEARER_TOKEN $SESSION_TOKEN $UNSCOPED_SESSION_TOKEN" = "Bearer a.b.c d.e.f d.e.f" && echo "checked ${7} with tokens";;
esac`
	ours = "arn:aws:iam::123456789012:role/api-gateway-log-role-Role1ABCC5F0-x"
)

func TestADeploymentSaysHowItEnds(t *testing.T) {
	t.Parallel()
	good := world{git: "echo", aws: awsOf("123456789012", ours, "UPDATE_COMPLETE"), cdk: cdkOf, golang: goOf}
	const head = `test "$1" = rev-parse && echo head`
	good.git = head + " || true"
	fails := strings.Replace(cdkOf, `echo "CloudFormation talks"`, "exit 1", 1)
	for name, test := range map[string]struct {
		change func(*world)
		// last is the last line. deploys is whether the script calls cdk deploy.
		last    string
		deploys bool
	}{
		"a deployment that succeeds": {func(*world) {}, "checked https://api/main with tokens", true},
		"without tokens": {func(w *world) {
			w.golang = `case "$*" in *" token "*) exit 1;; *) echo "checked with ${BEARER_TOKEN:-nothing}";; esac`
		},
			"checked with nothing", true},
		"a dirty tree": {func(w *world) { w.git = head + ` || echo " M README.md"` },
			"make deploy: the work tree has changes, so nothing was deployed: commit them, so that what runs can be found again", false},
		"no credentials": {func(w *world) { w.aws = `echo; echo "Unable to locate credentials" >&2; exit 253` },
			"make deploy: the AWS CLI finds no credentials that work, so nothing was deployed: Unable to locate credentials", false},
		"credentials of another account": {func(w *world) { w.aws = awsOf("999999999999", ours, "UPDATE_COMPLETE") },
			"make deploy: the credentials are of account 999999999999 and prod is in 123456789012, so nothing was deployed: use credentials of 123456789012", false},
		"settings that can't be deployed": {func(w *world) { w.cdk = "exit 1" },
			"make deploy: there are no templates, so nothing was deployed", false},
		"another owner of the log role": {func(w *world) {
			w.aws = awsOf("123456789012", "arn:aws:iam::123456789012:role/logs", "UPDATE_COMPLETE")
		},
			"make deploy: API Gateway writes its logs with arn:aws:iam::123456789012:role/logs, a role of another owner, so nothing was deployed: " +
				"set GatewayLogRole of prod to false", false},
		"nobody has set the log role": {func(w *world) { w.aws = awsOf("123456789012", "None", "UPDATE_COMPLETE") },
			"checked https://api/main with tokens", true},
		"an alarm during the release": {func(w *world) { w.cdk, w.aws = fails, awsOf("123456789012", ours, "UPDATE_ROLLBACK_COMPLETE") },
			"make deploy: the deployment failed and was rolled back: before runs, as before", true},
		"a rollback that fails": {func(w *world) { w.cdk, w.aws = fails, awsOf("123456789012", ours, "UPDATE_ROLLBACK_FAILED") },
			"make deploy: the deployment failed, and so did its rollback: see infra/README.md, Roll back, continue-update-rollback", true},
		"a first deployment that fails": {func(w *world) { w.cdk, w.aws = fails, awsOf("123456789012", ours, "ROLLBACK_COMPLETE") },
			"make deploy: the first deployment failed and was rolled back: see infra/README.md, Deploy it, for what is left", true},
		"an approval that is refused": {func(w *world) { w.cdk = fails },
			"make deploy: the deployment did not begin: before runs, as before", true},
		"a first deployment that does not begin": {func(w *world) { w.cdk, w.aws = fails, awsOf("123456789012", ours, "") },
			"make deploy: the deployment did not begin: there is no users-organizations-prod", true},
		"a smoke check that fails": {func(w *world) { w.golang = "exit 1" },
			"make deploy: the smoke check fails, and nothing was rolled back: head runs. To go back: git switch --detach before && make deploy ENV=prod", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := good
			test.change(&w)
			said, deployed, err := w.deploy(t)
			if lines := strings.Split(strings.TrimSpace(said), "\n"); lines[len(lines)-1] != test.last {
				t.Errorf("it printed\n%s\nwant as the last line\n%s", said, test.last)
			}
			if failed := strings.HasPrefix(test.last, "make deploy: "); (err != nil) != failed {
				t.Errorf("it ended with %v", err)
			}
			if deployed != test.deploys {
				t.Errorf("deployed: %t, want %t", deployed, test.deploys)
			}
		})
	}
}

// deploy runs the script for prod with the world's programs. It returns the
// output, and whether the script called cdk deploy.
func (w world) deploy(t *testing.T) (string, bool, error) {
	t.Helper()
	root := t.TempDir()
	for path, text := range map[string]string{
		"infra/deploy.sh": string(readFile(t, "deploy.sh")),
		"bin/git":         "#!/bin/sh\n" + w.git,
		"bin/aws":         "#!/bin/sh\n" + w.aws,
		"bin/npx":         "#!/bin/sh\necho \"$*\" >> ../called\n" + w.cdk,
		"bin/go":          "#!/bin/sh\n" + w.golang,
		"bin/make":        "#!/bin/sh\ncase \"$*\" in *region*) echo eu-west-3;; esac",
	} {
		file := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o700); err != nil { //nolint:gosec // A program.
			t.Fatal(err)
		}
	}
	command := exec.CommandContext(t.Context(), filepath.Join(root, "infra/deploy.sh"), "prod", "never") //nolint:gosec // A script of this repository.
	command.Env = append(os.Environ(), "PATH="+filepath.Join(root, "bin")+":"+os.Getenv("PATH"))
	said, err := command.CombinedOutput()
	called, _ := os.ReadFile(filepath.Join(root, "called"))
	return string(said), strings.Contains(string(called), " deploy "), err
}
