package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestOutputsFollowTheSchema(t *testing.T) {
	s := schemaOf(t)
	for _, r := range []*Result{{}, focal(), dice()} {
		for _, per := range []bool{false, true} {
			for _, pretty := range []bool{false, true} {
				opt := Options{PerSample: per, Pretty: pretty}
				s.check(t, s.root, write(t, "json", opt, r, 3, diceRow))
			}
		}
		s.check(t, s.root, write(t, "jsonl", Options{}, r, 3, diceRow))
	}
	rows := write(t, "jsonl", Options{PerSample: true}, dice(), 3, diceRow)
	for line := range strings.Lines(string(rows)) {
		s.check(t, s.root["$defs"].(map[string]any)["sample"].(map[string]any), []byte(line))
	}
}

func TestSchemaRefuses(t *testing.T) {
	s := schemaOf(t)
	good := string(write(t, "json", Options{PerSample: true}, dice(), 1, diceRow))
	for _, change := range [][2]string{
		{`"schema":1`, `"schema":2`},
		{`"samples":24`, `"samples":2.5`},
		{`"value":0.29291996182304`, `"value":"NaN"`},
		{`"version":"0.1.0"`, `"versions":"0.1.0"`},
		{`"min":-0.1,`, ``},
		{`"index":0`, `"index":"0"`},
		{`"empty":3`, `"empty":-3`},
		{`"warnings":[`, `"warnings":[1,`},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		var v any
		if err := json.Unmarshal([]byte(bad), &v); err != nil || bad == good {
			t.Fatal(change, err)
		}
		if len(s.faults(s.root, v, "")) == 0 {
			t.Errorf("%s passes", change[1])
		}
	}
}

// A schemaDoc checks what schema.json uses of JSON Schema.
type schemaDoc struct{ root map[string]any }

func schemaOf(t *testing.T) schemaDoc {
	t.Helper()
	var s schemaDoc
	if err := json.Unmarshal([]byte(JSONSchema()), &s.root); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s schemaDoc) check(t *testing.T, schema map[string]any, raw []byte) {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	for _, f := range s.faults(schema, v, "") {
		t.Errorf("%s in %s", f, raw)
	}
}

func (s schemaDoc) faults(schema map[string]any, v any, at string) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, at+": "+fmt.Sprintf(format, args...)) }
	for key, want := range schema {
		switch key {
		case "$ref":
			name := strings.TrimPrefix(want.(string), "#/$defs/")
			faults = append(faults, s.faults(s.root["$defs"].(map[string]any)[name].(map[string]any), v, at)...)
		case "type":
			if !is(want.(string), v) {
				fault("%v is not of type %s", v, want)
			}
		case "const":
			if v != want {
				fault("%v is not %v", v, want)
			}
		case "enum":
			if !slices.Contains(want.([]any), v) {
				fault("%v is none of %v", v, want)
			}
		case "minimum":
			if x, ok := v.(float64); ok && x < want.(float64) {
				fault("%v is below %v", v, want)
			}
		case "anyOf":
			if !slices.ContainsFunc(want.([]any), func(one any) bool { return len(s.faults(one.(map[string]any), v, at)) == 0 }) {
				fault("%v fits nothing of anyOf", v)
			}
		case "items":
			list, _ := v.([]any)
			for i, x := range list {
				faults = append(faults, s.faults(want.(map[string]any), x, fmt.Sprintf("%s[%d]", at, i))...)
			}
		case "required":
			object, _ := v.(map[string]any)
			for _, k := range want.([]any) {
				if _, ok := object[k.(string)]; !ok {
					fault("no key %s", k)
				}
			}
		case "properties", "additionalProperties":
			// below, together
		case "$schema", "$id", "title", "description", "$defs":
		default:
			fault("the test does not know %s", key)
		}
	}
	object, _ := v.(map[string]any)
	properties, _ := schema["properties"].(map[string]any)
	for k, x := range object {
		if p, ok := properties[k].(map[string]any); ok {
			faults = append(faults, s.faults(p, x, at+"."+k)...)
			continue
		}
		switch rest := schema["additionalProperties"].(type) {
		case bool:
			fault("unexpected key %s", k)
		case map[string]any:
			faults = append(faults, s.faults(rest, x, at+"."+k)...)
		}
	}
	return faults
}

func is(kind string, v any) bool {
	switch v := v.(type) {
	case string:
		return kind == "string"
	case bool:
		return kind == "boolean"
	case float64:
		return kind == "number" || kind == "integer" && v == float64(int64(v))
	case []any:
		return kind == "array"
	case map[string]any:
		return kind == "object"
	}
	return false
}
