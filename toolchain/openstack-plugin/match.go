package main

import (
	"regexp"
	"sort"
	"strings"
)

// apiVersion is the suffix that Terraform puts behind a name, as in openstack_compute_instance_v2.
var apiVersion = regexp.MustCompile(`v\d+$`)

// modules are the SDK's modules whose Terraform prefix differs.
var modules = map[string]string{"loadbalancer": "lb", "database": "db", "firewall": "fw"}

// irregular are tokens whose Terraform name follows no rule.
var irregular = map[string]string{
	"objectstorage/ContainerObject": "openstack_objectstorage_object_v1",
	"dns/getDnsZone":                "openstack_dns_zone_v2",
}

// matcher finds the Terraform name of an SDK token among the names that the provider has.
type matcher struct{ names []string }

func newMatcher(names []string) matcher {
	sorted := append([]string(nil), names...)
	sort.Strings(sorted)
	return matcher{sorted}
}

// find returns "" when the provider has nothing for the token, e.g. "openstack:compute/instance:Instance".
// Where names differ by their API version only, the highest version wins, unless the token names one.
func (m matcher) find(token string) string {
	parts := strings.Split(token, ":")
	if len(parts) != 3 {
		return ""
	}
	module, _, _ := strings.Cut(parts[1], "/")
	if name, ok := irregular[module+"/"+parts[2]]; ok {
		return name
	}
	if prefix, ok := modules[module]; ok {
		module = prefix
	}
	want := squash(module + strings.TrimPrefix(parts[2], "get"))
	best := ""
	for _, name := range m.names {
		have := squash(strings.TrimPrefix(name, "openstack_"))
		if have == want {
			return name
		}
		if apiVersion.ReplaceAllString(have, "") == want {
			best = name
		}
	}
	return best
}

func squash(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }
