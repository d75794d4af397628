package openapi_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

var (
	seed  = flag.Uint64("seed", 0, "repeat the random cases of this seed (default: a new one each run)")
	cases = flag.Int("cases", 3000, "how many random bodies, ids, keys and tags are compared")
)

// generator makes random requests. oddness is the probability that a part of a
// request is not as the schema wants it.
type generator struct {
	*rand.Rand
	t            *testing.T
	root         map[string]any // the document
	registration map[string]any // the schema that bodies are made from
	oddness      float64
}

func newGenerator(t *testing.T) *generator {
	t.Helper()
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	t.Logf("-seed=%d repeats these cases", s)
	root := readAny(t)
	return &generator{Rand: rand.New(rand.NewPCG(s, 0)), t: t, root: root, registration: schemaIn(t, root, "Registration")}
}

func (g *generator) odd() bool { return g.Float64() < g.oddness }

func (g *generator) pick(from ...string) string { return from[g.IntN(len(from))] }

// body is valid, nearly valid or wild, each about as often.
func (g *generator) body() string { return g.bodyOf(g.registration) }

func (g *generator) bodyOf(schema map[string]any) string {
	g.oddness = []float64{0, 0.05, 0.4}[g.IntN(3)]
	if g.oddness > 0.1 && g.IntN(4) == 0 {
		return g.wild(3)
	}
	return g.value(schema)
}

// value is a value that the schema allows, or an odd one.
func (g *generator) value(schema map[string]any) string {
	switch schema["$ref"] {
	case "#/components/schemas/SafeInteger":
		return g.integer()
	case "#/components/schemas/Codes":
		return g.integers()
	}
	schema = resolve(g.t, g.root, schema)
	if properties, isObject := schema["properties"].(map[string]any); isObject {
		return g.object(properties, schema["required"] != nil)
	}
	if enum, isEnum := schema["enum"].([]any); isEnum {
		return g.enum(enum)
	}
	g.t.Fatalf("the generator can't write values of this schema of openapi.yaml: %v", schema)
	return ""
}

// object has its members in any order, all or only some of them. An odd one lacks a
// member, has one too many, or is not an object.
func (g *generator) object(properties map[string]any, all bool) string {
	if g.oddness > 0.1 && g.odd() && g.odd() {
		return g.wild(2)
	}
	names := slices.Sorted(maps.Keys(properties))
	g.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	if !all {
		names = names[:1+g.IntN(len(names))]
	}
	var written []string
	for _, name := range names {
		if g.odd() && g.IntN(2) == 0 {
			continue
		}
		written = append(written, g.member(name, g.value(member(g.t, properties, name))))
	}
	if g.odd() {
		written = append(written, g.member(g.unknown(names[0]), g.wild(1)))
	}
	return "{" + g.space() + strings.Join(written, g.space()+","+g.space()) + "}"
}

func (g *generator) member(name, value string) string {
	text, err := json.Marshal(name)
	if err != nil {
		panic(err)
	}
	if g.IntN(8) == 0 && name != "" && name[0] < 0x80 {
		text = fmt.Appendf(nil, `"\u%04x%s`, name[0], text[2:])
	}
	return string(text) + g.space() + ":" + g.space() + value
}

// unknown is a name that looks like a known one, or a special one.
func (g *generator) unknown(name string) string {
	return g.pick("", " ", "x", "userId", "Scope", "é", "__proto__", strings.ToUpper(name), name+" ", name+"\x00", "ſcope")
}

func (g *generator) space() string {
	if g.IntN(10) > 0 {
		return ""
	}
	return g.pick(" ", "\n", "\t", "\r\n  ")
}

// enum is one of some integers.
func (g *generator) enum(values []any) string {
	if g.odd() {
		return g.pick("0", "3", "-1", "1.5", `"1"`, "null", "true", "9007199254740992", g.integer(), g.wild(1))
	}
	return g.spell(fmt.Sprint(values[g.IntN(len(values))]))
}

// integer is often a bound of the range, in any spelling that JSON allows.
func (g *generator) integer() string {
	if g.odd() {
		return g.pick(
			g.spell("9007199254740992"), g.spell("-9007199254740992"), "9007199254740993", "18014398509481984", "1e400", "-1e400", "1e16",
			"0.5", "-1.5", "1e-1", "9007199254740991.5", "9007199254740990.9999999999", "1e-400",
			`"1"`, "null", "true", "[]", "{}", g.wild(1))
	}
	return g.spell(g.pick(
		"0", "-0", "1", "-1", "7", "9007199254740991", "-9007199254740991", "9007199254740990", "-9007199254740990",
		fmt.Sprint(g.IntN(1000)), fmt.Sprint(g.Int64N(1<<53)), fmt.Sprint(-g.Int64N(1<<53))))
}

// spell sometimes gives the same integer another spelling.
func (g *generator) spell(n string) string {
	if n == "0" || n == "-0" {
		return n + g.pick("", "", "", ".0", "e0", ".000E-7", "e+400")
	}
	if g.IntN(4) > 0 {
		return n
	}
	zeros := g.IntN(30)
	tail := strings.Repeat("0", zeros)
	return g.pick(n+".0", n+"e0", n+"E+0", n+"."+tail+"0", n+tail+"e-"+fmt.Sprint(zeros), n+".0e-0", shiftPoint(n, g.IntN(4)))
}

// shiftPoint moves the point of n some digits to the left, and adds the exponent that
// moves it back.
func shiftPoint(n string, by int) string {
	digits := strings.TrimPrefix(n, "-")
	sign := n[:len(n)-len(digits)]
	if by == 0 || by >= len(digits) {
		return n
	}
	whole, fraction := digits[:len(digits)-by], digits[len(digits)-by:]
	return fmt.Sprintf("%s%s.%se%d", sign, whole, fraction, by)
}

// integers is a short list, or one about as long as the longest.
func (g *generator) integers() string {
	n := g.IntN(4)
	switch {
	case g.odd() && g.IntN(8) > 0:
		return g.pick("null", "{}", "0", `"[]"`, "true", g.wild(2))
	case g.odd() && g.IntN(4) == 0:
		n = 1001 + g.IntN(2)
	case g.IntN(50) == 0:
		n = 999 + g.IntN(2)
	}
	if n > 10 {
		return "[" + strings.TrimSuffix(strings.Repeat("7,", n), ",") + "]"
	}
	items := make([]string, n)
	for i := range items {
		items[i] = g.integer()
	}
	return "[" + strings.Join(items, ",") + "]"
}

// wild is any JSON value without duplicate names.
func (g *generator) wild(depth int) string {
	n := g.IntN(9)
	if depth == 0 {
		n = g.IntN(7)
	}
	switch n {
	case 0, 1, 2:
		return g.pick("null", "true", "false", `""`, `"scope"`, `"é\n\u0000"`, `"\ud83d\ude00"`, "-0.0", "1E400")
	case 3, 4, 5, 6:
		return g.spell(fmt.Sprint(g.IntN(5) - 1))
	case 7:
		items := make([]string, g.IntN(4))
		for i := range items {
			items[i] = g.wild(depth - 1)
		}
		return "[" + strings.Join(items, ",") + "]"
	default:
		var members []string
		for i := range g.IntN(4) {
			name := []string{"scope", "permissions", "group", "read"}[i]
			members = append(members, g.member(name, g.wild(depth-1)))
		}
		return "{" + strings.Join(members, ",") + "}"
	}
}

func (g *generator) insert(text, part string) string {
	at := g.IntN(len(text))
	return text[:at] + part + text[at:]
}

// id is the text of a path segment.
func (g *generator) id() string {
	n := g.pick("0", "1", "-1", "9007199254740991", "-9007199254740991", fmt.Sprint(g.Int64N(1<<53)), fmt.Sprint(-g.Int64N(1<<53)))
	switch g.IntN(3) {
	case 0:
		return n
	case 1:
		return g.pick("9007199254740992", "-9007199254740992", "9007199254740993", n+"0000000000000000000", "-0", "+"+n, "0"+n, "-"+n,
			n+" ", " "+n, n+"%", "%31", n+"_0", n+",1", n+".0", n+"e0", n+"E1", "0x1", "１", "", "-", "--1", "null", "true", `"1"`, "[1]", "1/2")
	default:
		return g.insert(n, g.pick("0", "1", "-", ".", "e", " ", "\x00", "é"))
	}
}

// visible has the characters of an Idempotency-Key.
var visible = func() string {
	var b strings.Builder
	for c := '!'; c <= '~'; c++ {
		b.WriteRune(c)
	}
	return b.String()
}()

// key is the value of an Idempotency-Key header, without white space around it
// (RFC 9110, section 5.5).
func (g *generator) key() string {
	var b strings.Builder
	length := []int{1 + g.IntN(5), 1 + g.IntN(40), 253 + g.IntN(5)}[g.IntN(3)]
	quoted := g.IntN(2) == 0
	for range length {
		c := visible[g.IntN(len(visible))]
		if quoted && (c == '"' || c == '\\') {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	key := b.String()
	if quoted {
		key = `"` + key + `"`
	}
	switch g.IntN(6) {
	case 0:
		key = g.insert(key, g.pick(`"`, `\`, "é", "\x7f", "\x00", "a b"))
	case 1:
		key = g.pick("", `""`, `"`, `\`, `"\"`, `"\a"`, `"a";p=1`, `"a", "b"`, key+`"`, `"`+key)
	}
	return strings.Trim(key, " \t")
}

func (g *generator) ifMatch() string {
	tag := fmt.Sprintf(`"%016x%016x"`, g.Uint64(), g.Uint64())
	switch g.IntN(3) {
	case 0:
		return tag
	case 1:
		return g.pick("*", "", `""`, "W/"+tag, tag+","+tag, tag[1:], tag[:33], tag[1:33], strings.ToUpper(tag), tag+";", `"*"`, "**", "* ,*")
	default:
		return strings.Trim(g.insert(tag, g.pick("0", "g", `"`, "-", "é", "\x00", " ")), " \t")
	}
}
