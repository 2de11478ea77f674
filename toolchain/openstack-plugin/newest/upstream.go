package main

import (
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/terraform-provider-openstack/terraform-provider-openstack/v3/openstack"
)

// upstream is the newest provider: it waits for no object longer than the object takes.
func upstream() *schema.Provider { return openstack.Provider() }
