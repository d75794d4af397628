package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// assembly is a folder of what the CDK has synthesized.
type assembly string

// place is where an assembly deploys to.
type place struct {
	// id is that of the account.
	id, region string
}

// template is what we read of a CloudFormation template.
type template struct {
	Resources map[string]struct {
		Type     string
		Metadata map[string]any
	}
}

// copyAssembly copies an assembly, since the host's builds are put into it.
func copyAssembly(from, to string) (assembly, error) {
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return "", fmt.Errorf("copying %s: %w", from, err)
	}
	return assembly(to), nil
}

func (a assembly) file(name string) string { return filepath.Join(string(a), name) }

func (a assembly) readJSON(name string, into any) error {
	text, err := os.ReadFile(a.file(name))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	return nil
}

// place is that of the stack. An account that the settings leave open is 000000000000.
func (a assembly) place(stack string) (place, error) {
	var manifest struct {
		Artifacts map[string]struct{ Environment string }
	}
	if err := a.readJSON("manifest.json", &manifest); err != nil {
		return place{}, err
	}
	id, region, found := strings.Cut(strings.TrimPrefix(manifest.Artifacts[stack].Environment, "aws://"), "/")
	if !found {
		return place{}, fmt.Errorf("manifest.json does not say where %s is", stack)
	}
	if id == "unknown-account" {
		id = "000000000000"
	}
	return place{id, region}, nil
}

func (a assembly) template(stack string) (template, error) {
	var t template
	err := a.readJSON(stack+".template.json", &t)
	return t, err
}

// types are the types of the template's resources, and how many there are of each.
func (t template) types() map[string]int {
	all := map[string]int{}
	for _, r := range t.Resources {
		all[r.Type]++
	}
	return all
}

// assets are the folders with the code of the functions by logical id.
func (t template) assets() map[string]string {
	all := map[string]string{}
	for id, r := range t.Resources {
		if path, isAsset := r.Metadata["aws:asset:path"].(string); isAsset && r.Type == "AWS::Lambda::Function" {
			all[id] = path
		}
	}
	return all
}

// useBuilds puts executables in the place of those of the functions, which the
// host may be unable to run. The templates stay as they are.
func (a assembly) useBuilds(t template, bin string) error {
	for id, asset := range t.assets() {
		build, err := os.ReadFile(filepath.Join(bin, functionName(id), "bootstrap")) //nolint:gosec // G304: our own builds.
		if err != nil {
			return fmt.Errorf("looking for the host's build of %s: %w: run `make bin`", id, err)
		}
		if err := os.WriteFile(filepath.Join(a.file(asset), "bootstrap"), build, 0o755); err != nil { //nolint:gosec // G306: Lambda starts it.
			return err
		}
	}
	return nil
}

// functionName is the name of the folder of a function with that logical id.
func functionName(id string) string { return strings.ToLower(strings.TrimSuffix(id, "Function")) }

// release gives the function other code, and renames what the CDK would rename
// with it: the names of the code and of the template are their hashes.
func (a assembly) release(stack, function string) error {
	t, err := a.template(stack)
	if err != nil {
		return err
	}
	asset := t.assets()[function]
	if asset == "" {
		return errors.New(stack + " has no function " + function)
	}
	if err := os.WriteFile(filepath.Join(a.file(asset), "release"), []byte("another\n"), 0o600); err != nil {
		return err
	}
	code := strings.TrimPrefix(asset, "asset.")
	other := hashOf(code)
	if err := os.Rename(a.file(asset), a.file("asset."+other)); err != nil {
		return err
	}
	var assets struct {
		Files map[string]struct{ Source struct{ Path string } }
	}
	if err := a.readJSON(stack+".assets.json", &assets); err != nil {
		return err
	}
	renamed := []string{code, other}
	for hash, file := range assets.Files {
		if file.Source.Path == stack+".template.json" {
			renamed = append(renamed, hash, hashOf(hash))
		}
	}
	return errors.Join(
		a.replace("manifest.json", renamed), a.replace(stack+".assets.json", renamed), a.replace(stack+".template.json", renamed))
}

func hashOf(text string) string {
	hash := sha256.Sum256([]byte(text))
	return hex.EncodeToString(hash[:])
}

func (a assembly) replace(name string, renamed []string) error {
	text, err := os.ReadFile(a.file(name))
	if err != nil {
		return err
	}
	return os.WriteFile(a.file(name), []byte(strings.NewReplacer(renamed...).Replace(string(text))), 0o600) //nolint:gosec // G703: our own file.
}
