package main

import "testing"

func TestFind(t *testing.T) {
	m := newMatcher([]string{
		"openstack_blockstorage_volume_v1", "openstack_blockstorage_volume_v2", "openstack_blockstorage_volume_v3",
		"openstack_compute_instance_v2", "openstack_lb_loadbalancer_v2", "openstack_objectstorage_object_v1",
	})
	for token, want := range map[string]string{
		"openstack:blockstorage/volume:Volume":                    "openstack_blockstorage_volume_v3",
		"openstack:blockstorage/volumeV1:VolumeV1":                "openstack_blockstorage_volume_v1",
		"openstack:compute/instance:Instance":                     "openstack_compute_instance_v2",
		"openstack:compute/getInstanceV2:getInstanceV2":           "openstack_compute_instance_v2",
		"openstack:loadbalancer/loadBalancer:LoadBalancer":        "openstack_lb_loadbalancer_v2",
		"openstack:objectstorage/containerObject:ContainerObject": "openstack_objectstorage_object_v1",
		"openstack:compute/nothing:Nothing":                       "",
		"no token":                                                "",
	} {
		if got := m.find(token); got != want {
			t.Errorf("find(%q) = %q, want %q", token, got, want)
		}
	}
}
