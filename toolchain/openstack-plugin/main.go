// Command pulumi-resource-openstack serves the OpenStack Terraform provider under the type tokens of @pulumi/openstack.
//
// The official plugin's module cannot be had; this one puts a version of the same provider behind the same bridge. Which
// version that is, say upstream.go, go.mod and go.sum of one of the folders official and newest, which the build lays
// beside this file. Which tokens there are is read out of the npm SDK at build time, into tokens.json.
package main

import (
	_ "embed"
	"encoding/json"
	"log"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

//go:embed tokens.json
var tokensJSON []byte

// sdk is what the npm package knows.
type sdk struct {
	Version              string
	Resources, Functions []string
}

// environment names the variable that each provider setting defaults to.
var environment = map[string]string{
	"allow_reauth":  "OS_ALLOW_REAUTH",
	"cloud":         "OS_CLOUD",
	"delayed_auth":  "OS_DELAYED_AUTH",
	"endpoint_type": "OS_ENDPOINT_TYPE",
	"insecure":      "OS_INSECURE",
	"region":        "OS_REGION_NAME",
	"swauth":        "OS_SWAUTH",
	"use_octavia":   "OS_USE_OCTAVIA",
}

// fields are the properties that the SDK spells or shapes in a way of its own.
var fields = map[string]map[string]*tfbridge.SchemaInfo{
	"openstack_compute_servergroup_v2": {"policies": {MaxItemsOne: tfbridge.False()}},
	"openstack_networking_subnet_v2":   {"allocation_pool": {Name: "allocationPools"}, "allocation_pools": {Name: "allocationPoolsCollection"}},
	"openstack_orchestration_stack_v1": {"outputs": {Name: "StackOutputs"}},
}

func main() {
	var known sdk
	if err := json.Unmarshal(tokensJSON, &known); err != nil {
		log.Fatalf("tokens.json: %v", err)
	}
	description, err := json.Marshal(map[string]string{"name": "openstack", "version": known.Version})
	if err != nil {
		log.Fatal(err)
	}
	tfbridge.Main("openstack", known.Version, providerInfo(known), description)
}

func providerInfo(known sdk) tfbridge.ProviderInfo {
	provider := shimv2.NewProvider(upstream())
	info := tfbridge.ProviderInfo{
		P: provider, Name: "openstack", Version: known.Version,
		Config:      map[string]*tfbridge.SchemaInfo{},
		Resources:   map[string]*tfbridge.ResourceInfo{},
		DataSources: map[string]*tfbridge.DataSourceInfo{},
	}
	for setting, variable := range environment {
		info.Config[setting] = &tfbridge.SchemaInfo{Default: &tfbridge.DefaultInfo{EnvVars: []string{variable}}}
	}
	resources := newMatcher(names(provider.ResourcesMap()))
	for _, token := range known.Resources {
		if name := resources.find(token); name != "" {
			info.Resources[name] = &tfbridge.ResourceInfo{Tok: tokens.Type(token), Fields: fields[name]}
		}
	}
	functions := newMatcher(names(provider.DataSourcesMap()))
	for _, token := range known.Functions {
		if name := functions.find(token); name != "" {
			info.DataSources[name] = &tfbridge.DataSourceInfo{Tok: tokens.ModuleMember(token)}
		}
	}
	info.SetAutonaming(255, "-")
	return info
}

func names(resources shim.ResourceMap) []string {
	var found []string
	resources.Range(func(name string, _ shim.Resource) bool {
		found = append(found, name)
		return true
	})
	return found
}
