/** Heat stacks as the provider handles them, and templates that nothing escapes in. */
import { resourceRule } from "../rule";
import { templateOf } from "./heat-template";

const STACK = "openstack:orchestration/stackV1:StackV1";

export const readableTemplate = resourceRule({
  name: "scaling-json-template",
  concern: "scaling",
  severity: "high",
  reason: "The provider writes YAML anew and finds a change at every run, and these rules read JSON only.",
  remediation: "give `templateOpts.Bin` by JSON.stringify.",
  on: [STACK],
  judge: ({ props }, report) => {
    const { template, isRead } = templateOf(props);
    if (template !== "" && !isRead) report("has a template that is no JSON, or has no resources");
  },
});

export const wholeParameters = resourceRule({
  name: "scaling-whole-parameters",
  concern: "scaling",
  severity: "medium",
  reason: "The provider reads a stack's parameters back, defaults and asterisks too, and finds a change at every run.",
  remediation: "pass every parameter that the template declares, and hide none; secrets go to a nested template.",
  on: [STACK],
  judge: ({ props }, report) => {
    const passed = Object.keys(props.parameters ?? {});
    for (const { name, hidden } of templateOf(props).parameters) {
      if (!passed.includes(name)) report(`does not pass the parameter ${name}`);
      if (hidden) report(`hides the parameter ${name}`);
    }
  },
});

export const withoutDrift = resourceRule({
  name: "scaling-stack-without-drift",
  concern: "scaling",
  severity: "medium",
  reason: "The provider reads tags and files of a Heat stack back in another form, and finds a change at every run.",
  remediation: "set neither `tags` nor `templateOpts.Files`; register nested templates in the environment.",
  on: [STACK],
  judge: ({ props: { tags, templateOpts } }, report) => {
    if (tags?.length) report("has tags");
    if (templateOpts && "Files" in templateOpts) report("has templateOpts.Files");
  },
});

export const registeredTypes = resourceRule({
  name: "scaling-registered-types",
  concern: "scaling",
  severity: "high",
  reason: "A file named in a template travels under this checkout's path: from another one, every member is replaced.",
  remediation: "name a type in the template, and register its file in `environmentOpts`.",
  on: [STACK],
  judge: ({ props }, report) => {
    const { template } = templateOf(props);
    for (const [, file] of template.matchAll(/"(?:type|get_file)"\s*:\s*"([^"]*\.(?:ya?ml|template|json|sh))"/g)) {
      report(`names the file ${file}`);
    }
  },
});

export const heatGivesUpFirst = resourceRule({
  name: "scaling-heat-gives-up-first",
  concern: "scaling",
  severity: "medium",
  reason:
    "When the engine loses patience before Heat does, Heat goes on alone; the provider waits for updates as long as for deletions.",
  remediation: "make `customTimeouts` longer than the stack's `timeout`.",
  on: [STACK],
  judge: ({ props: { timeout }, opts: { customTimeouts } }, report) => {
    const { createSeconds, updateSeconds, deleteSeconds } = customTimeouts;
    const shortest = Math.min(createSeconds, updateSeconds, deleteSeconds);
    if (!timeout || shortest <= timeout * 60)
      report(`waits ${shortest} s for a Heat that may take ${timeout ?? "any number of"} minutes`);
  },
});
