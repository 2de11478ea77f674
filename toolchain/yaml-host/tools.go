//go:build tools

// Package tools pins the language host of YAML programs, which is built from the module's command as it is.
package tools

import _ "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"
