package main

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/terraform-provider-openstack/terraform-provider-openstack/openstack"
)

// upstream is the provider that the official plugin wraps. It drops the warnings about neutron-lbaas, which no cloud of
// today has: they would bury every other line.
func upstream() *schema.Provider {
	provider := openstack.Provider()
	provider.Schema["use_octavia"].Deprecated = ""
	for name, resource := range provider.ResourcesMap {
		if strings.HasPrefix(name, "openstack_lb_") {
			resource.DeprecationMessage = ""
		}
	}
	return provider
}
