//go:build tools

// Package engine pins the Pulumi engine, which is built from the module's command as it is.
package engine

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
