// Package openapi has the contract of the service in machine-readable form: one
// OpenAPI 3.1 document. The tests of this package compare it with the code.
package openapi

import (
	"bytes"
	_ "embed" // for the document
	"encoding/json"
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"
)

//go:embed openapi.yaml
var document []byte

// YAML returns the document as it is written.
func YAML() []byte { return bytes.Clone(document) }

// JSON returns the document as JSON, with the members in the order of the YAML. If
// server is not empty, it is the URL of the only server in the result.
func JSON(server string) ([]byte, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(document, &root); err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	if server != "" {
		if err := replaceServers(root.Content[0], server); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	if err := writeJSON(&b, &root); err != nil {
		return nil, fmt.Errorf("write openapi.yaml as JSON: %w", err)
	}
	return b.Bytes(), nil
}

func replaceServers(document *yaml.Node, url string) error {
	for i := 0; i < len(document.Content); i += 2 {
		if document.Content[i].Value == "servers" {
			return document.Content[i+1].Encode([]map[string]string{{"url": url}})
		}
	}
	return errors.New("openapi.yaml names no servers")
}

// writeJSON keeps the order of the members, for the reference page. A decoded map
// would lose it.
func writeJSON(b *bytes.Buffer, n *yaml.Node) error {
	switch n.Kind {
	case yaml.DocumentNode:
		return writeJSON(b, n.Content[0])
	case yaml.MappingNode:
		lines := map[string]int{}
		for i := 0; i < len(n.Content); i += 2 {
			name := n.Content[i]
			if first := lines[name.Value]; first > 0 {
				return fmt.Errorf("line %d: %s is already on line %d", name.Line, name.Value, first)
			}
			lines[name.Value] = name.Line
		}
		return writeList(b, n.Content, "{:,}")
	case yaml.SequenceNode:
		return writeList(b, n.Content, "[,,]")
	case yaml.ScalarNode:
		var v any
		if err := n.Decode(&v); err != nil {
			return err
		}
		text, err := json.Marshal(v)
		b.Write(text)
		return err
	default:
		return fmt.Errorf("line %d: anchors and aliases are not used in this document", n.Line)
	}
}

// writeList writes nodes between the first and the last of marks, separated by the
// other two in alternation.
func writeList(b *bytes.Buffer, nodes []*yaml.Node, marks string) error {
	b.WriteByte(marks[0])
	for i, n := range nodes {
		if i > 0 {
			b.WriteByte(marks[2-i%2])
		}
		if err := writeJSON(b, n); err != nil {
			return err
		}
	}
	b.WriteByte(marks[3])
	return nil
}
