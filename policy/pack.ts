/** The policy pack: every rule, and the report of what was let pass. */
import { PolicyPack } from "@pulumi/policy";
import { exceptionsInUse } from "./exceptions";
import { RULES } from "./rules";
import { listenForStackConfig } from "./stack-config";

listenForStackConfig();
new PolicyPack("openstack-ecommerce", {
  description: "An online shop on OpenStack: network, balancing, compute, data, secrets, scaling",
  // Last, since it reports what the others let pass.
  policies: [...RULES.map(({ policy }) => policy), exceptionsInUse],
});
