import { unknownStringValue } from "@pulumi/policy/proxy";
import { type Cases, changed, changedPrometheus, heat, prometheus, sound, stack } from "./parts";

export const SCALING: Cases = {
  "scaling-no-desired-capacity": {
    bad: [changed('"min_size":2', '"min_size":2,"desired_capacity":3')],
    says: /has a desired_capacity/,
    good: [heat()],
  },
  "scaling-sound-sizes": {
    bad: [changed('"min_size":2', '"min_size":1'), changed('"max_size":5', '"max_size":2')],
    says: /may shrink to 1|cannot grow beyond 2/,
    good: [heat()],
  },
  "scaling-threshold-arithmetic": {
    bad: [
      changed('"vcpus":1', '"vcpus":2'),
      changed('"low":20', '"low":60'),
      changedPrometheus("> bool 50)", "> bool 5)"),
      changedPrometheus("(1 * 1e9)", "(2 * 1e9)"),
      changedPrometheus("> bool 50)", "> 50)"),
    ],
    says: /compares with \d+, not \d+|compares with \S+ % of \S+ vCPUs, not \d+ % of 1 vCPUs|shrinks at a load|has another granularity/,
    good: [heat(), prometheus()],
  },
  "scaling-enough-periods": {
    bad: [
      changed(/"evaluation_periods":2/g, '"evaluation_periods":1'),
      changed('"sampling":300', '"sampling":600'),
      changedPrometheus(/\[600s:300s\]/g, "[1200s:300s]"),
      changedPrometheus('"threshold":2', '"threshold":1'),
    ],
    says: /goes by (1|NaN) value|does not look at 600 s|more often than/,
    good: [heat(), prometheus()],
  },
  "scaling-own-servers-only": {
    bad: [
      changed(/,\{\\"=\\":\{\\"ended_at\\":null\}\}/g, ""),
      changed(/rate:mean/g, "mean"),
      changed('"metering.server_group":"ecommerce-dev-web"', '"metering.server_group":"others"'),
      changedPrometheus(/ and on \(resource\) ceilometer_cpu\{[^}]*\} and/, " and"),
      changedPrometheus(/ceilometer_cpu/g, "ceilometer_memory_usage"),
      changedPrometheus('server_group=\\"ecommerce-dev-web\\"', 'server_group=\\"others\\"'),
      changedPrometheus('server_group=\\"ecommerce-dev-web\\"', 'server_group=~\\".*\\"'),
    ],
    says: /counts servers that are gone|is about (mean of cpu|sum_over_time)|does not ask for the group's own/,
    good: [heat(), prometheus()],
  },
  "scaling-cooldown": {
    bad: [changed(/"cooldown":600/g, '"cooldown":60')],
    says: /policy (grow|shrink) rests 60 s only/,
    good: [heat()],
  },
  "scaling-trusted-actions": {
    bad: [changed(/trust\+",/g, '",'), changedPrometheus(/trust\+",/g, '",')],
    says: /acts without a trust/,
    good: [heat(), prometheus()],
  },
  "scaling-no-dead-resources": {
    bad: [changed("OS::Heat::ScalingPolicy", "OS::Senlin::Policy"), changed('"metric":"cpu"', '"metric":"cpu_util"')],
    says: /Senlin was retired|cpu_util/,
    good: [heat()],
  },
  "scaling-json-template": {
    bad: [stack({ templateOpts: { Bin: "heat_template_version: 2021-04-16\nresources: {}\n" } })],
    says: /has a template that is no JSON/,
    good: [heat(), stack({ templateOpts: { Bin: unknownStringValue } })],
  },
  "scaling-whole-parameters": {
    bad: [
      stack({ templateOpts: { Bin: JSON.stringify(sound) }, parameters: { network: "n" } }),
      changed('"network":{"type":"string"}', '"network":{"type":"string","hidden":true}'),
    ],
    says: /does not pass the parameter (network|subnet|security_group|server_group|turn|pool)|hides the parameter network/,
    good: [
      stack({
        templateOpts: { Bin: JSON.stringify(sound) },
        parameters: {
          network: unknownStringValue,
          subnet: "s",
          security_group: "g",
          server_group: "v",
          turn: "a",
          pool: "p",
        },
      }),
    ],
  },
  "scaling-registered-types": {
    bad: [
      changed("Ecommerce::InTurn", "file:///checkout/member.yaml"),
      stack({ templateOpts: { Bin: '{"get_file":"run.sh"}' } }),
    ],
    says: /names the file (file:\/\/\/checkout\/member\.yaml|run\.sh)/,
    good: [heat()],
  },
  "scaling-stack-without-drift": {
    bad: [stack({ tags: ["x"] }), stack({ templateOpts: { Bin: "", Files: "" } })],
    says: /has tags|has templateOpts\.Files/,
    good: [heat()],
  },
  "scaling-heat-gives-up-first": {
    bad: [stack({ timeout: 20 }), stack({})],
    says: /waits 1200 s for a Heat that may take (20|any number of) minutes/,
    good: [heat()],
  },
};
