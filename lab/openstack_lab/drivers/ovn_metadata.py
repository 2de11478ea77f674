"""
neutron-ovn-metadata-agent for a userspace switch: where upstream has an iptables rule fill in checksums, the interface
that sends them is told not to leave them out.
"""
import subprocess
import sys

from neutron.agent.ovn.metadata import agent
from neutron.cmd.agents import ovn_metadata


def _ensure_checksums(self, namespace):
    listing = subprocess.run(
        ["ip", "-n", namespace, "-o", "link", "show", "type", "veth"], capture_output=True, text=True
    ).stdout
    for line in listing.splitlines():
        device = line.split(": ")[1].split("@")[0]
        subprocess.run(["ip", "netns", "exec", namespace, "ethtool", "-K", device, "tx", "off"], stdout=subprocess.DEVNULL)


agent.MetadataAgent._ensure_datapath_checksum = _ensure_checksums

if __name__ == "__main__":
    sys.argv[0] = "neutron-ovn-metadata-agent"
    sys.exit(ovn_metadata.main())
