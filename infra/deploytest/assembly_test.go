package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const stack = "service"

// written makes a folder of files.
func written(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// synthesizedAssembly is what the CDK writes, as far as it is read.
func synthesizedAssembly(t *testing.T, environment string) assembly {
	t.Helper()
	return assembly(written(t, map[string]string{
		"manifest.json":            `{"artifacts":{"service":{"environment":"` + environment + `","url":"s3://assets/t0.json"}}}`,
		"service.assets.json":      `{"files":{"t0":{"source":{"path":"service.template.json"}},"c0":{"source":{"path":"asset.c0"}},"d0":{"source":{"path":"asset.d0"}}}}`,
		"service.template.json":    `{"Resources":{"RegisterFunction":{"Type":"AWS::Lambda::Function","Metadata":{"aws:asset:path":"asset.c0"},"Key":"c0.zip"},"ReadFunction":{"Type":"AWS::Lambda::Function","Metadata":{"aws:asset:path":"asset.d0"},"Key":"d0.zip"}}}`,
		"asset.c0/bootstrap":       "arm64",
		"asset.d0/bootstrap":       "arm64",
		"log-role.template.json":   `{}`,
		"validation-report.json":   `{}`,
		"service.metadata.json":    `{}`,
		"log-role.assets.json":     `{}`,
		"another.asset/index.html": ``,
	}))
}

func (a assembly) read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(a.file(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestPlace(t *testing.T) {
	t.Parallel()
	for environment, want := range map[string]place{
		"aws://unknown-account/eu-west-3": {"000000000000", "eu-west-3"},
		"aws://123456789012/eu-west-1":    {"123456789012", "eu-west-1"},
	} {
		if got, err := synthesizedAssembly(t, environment).place(stack); err != nil || got != want {
			t.Errorf("%s is %v, %v, want %v", environment, got, err, want)
		}
	}
	if _, err := synthesizedAssembly(t, "nowhere").place(stack); err == nil {
		t.Error("nowhere is a place")
	}
}

func TestTheHostsBuildsAreUsed(t *testing.T) {
	t.Parallel()
	bin := written(t, map[string]string{"register/bootstrap": "host register", "read/bootstrap": "host read"})
	from := synthesizedAssembly(t, "aws://unknown-account/eu-west-3")
	a, err := copyAssembly(string(from), filepath.Join(t.TempDir(), "copy"))
	if err != nil {
		t.Fatal(err)
	}
	template, err := a.template(stack)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.useBuilds(template, bin); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"asset.c0/bootstrap":    "host register",
		"asset.d0/bootstrap":    "host read",
		"service.template.json": from.read(t, "service.template.json"),
	} {
		if got := a.read(t, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if got := from.read(t, "asset.c0/bootstrap"); got != "arm64" {
		t.Errorf("the synthesized build has become %q", got)
	}
	if err := a.useBuilds(template, t.TempDir()); err == nil || !strings.Contains(err.Error(), "make bin") {
		t.Errorf("without builds: %v", err)
	}
}

func TestARelease(t *testing.T) {
	t.Parallel()
	a := synthesizedAssembly(t, "aws://unknown-account/eu-west-3")
	if err := a.release(stack, "RegisterFunction"); err != nil {
		t.Fatal(err)
	}
	template, err := a.template(stack)
	if err != nil {
		t.Fatal(err)
	}
	assets := template.assets()
	if assets["RegisterFunction"] == "asset.c0" || assets["ReadFunction"] != "asset.d0" {
		t.Errorf("the assets are %v", assets)
	}
	if got := a.read(t, assets["RegisterFunction"]+"/bootstrap") + a.read(t, assets["RegisterFunction"]+"/release"); got != "arm64another\n" {
		t.Errorf("the code is %q", got)
	}
	for _, name := range []string{"manifest.json", "service.assets.json", "service.template.json"} {
		if text := a.read(t, name); strings.Contains(text, "c0") || strings.Contains(text, "t0") {
			t.Errorf("%s still has an old name: %s", name, text)
		}
	}
	if err := a.release(stack, "WriteFunction"); err == nil {
		t.Error("a function that is not there was released")
	}
}
