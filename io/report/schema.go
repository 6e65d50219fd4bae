package report

import _ "embed"

//go:embed schema.json
var schema string

// JSONSchema is the JSON Schema (draft 2020-12) of the result and, in
// "$defs/sample", of a row of per_sample.
func JSONSchema() string { return schema }
