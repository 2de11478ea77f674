/** TypeScript's declarations of an SDK, in the form that Pulumi's generator for Node.js gives them since 3.231. */
import type { Member, Properties, Sdk, Shape } from "./shapes";

/** Where a type stands: an argument may be an output of another resource, what comes back is plain. */
type Place = "argument" | "plain";

/** @returns the text of an `index.ts`, which the compiler checks itself, as it does not do with a `.d.ts` here */
export function declarations({ resources, functions }: Sdk): string {
  const modules = new Map<string, string[]>();
  const declare = (token: string, lines: readonly string[]) => {
    const module = moduleOf(token);
    modules.set(module, [...(modules.get(module) ?? []), ...lines]);
  };
  for (const [token, member] of Object.entries(resources)) declare(token, resource(nameOf(token), token, member));
  for (const [token, member] of Object.entries(functions)) declare(token, lookUp(nameOf(token), member));
  const text = [...modules].map(([module, lines]) =>
    module === ROOT_MODULE
      ? lines.map((line) => line.replace(/^export (?=class|function)/, "export declare ")).join("\n")
      : `export declare namespace ${module} {\n${lines.join("\n")}\n}`,
  );
  return `import * as pulumi from "@pulumi/pulumi";\n${text.join("\n")}\n`;
}

const ROOT_MODULE = "index";
const PROVIDER = "pulumi:providers:openstack";

/** `openstack:networking/subnet:Subnet` is in `networking`. */
const moduleOf = (token: string) =>
  token === PROVIDER ? ROOT_MODULE : (token.split(":")[1]?.split("/")[0] ?? ROOT_MODULE);
const nameOf = (token: string) => (token === PROVIDER ? "Provider" : (token.split(":").at(-1) ?? token));

function resource(name: string, token: string, { inputs, outputs }: Member): string[] {
  const parent = token === PROVIDER ? "ProviderResource" : "CustomResource";
  const options = token === PROVIDER ? "ResourceOptions" : "CustomResourceOptions";
  const results = Object.entries(outputs).map(
    ([property, { shape, required }]) =>
      `readonly ${property}: pulumi.Output<${orNone(type(shape, "plain"), required)}>;`,
  );
  const state = Object.fromEntries(Object.entries(outputs).map(([key, one]) => [key, { ...one, required: false }]));
  return [
    `export class ${name} extends pulumi.${parent} {`,
    `static get(name: string, id: pulumi.Input<pulumi.ID>, state?: ${name}State, opts?: pulumi.${options}): ${name};`,
    `static isInstance(obj: any): obj is ${name};`,
    ...results,
    `constructor(name: string, args${optionalIf(inputs)}: ${name}Args, opts?: pulumi.${options});`,
    "}",
    `export interface ${name}State ${object(state, "argument")}`,
    `export interface ${name}Args ${object(inputs, "argument")}`,
  ];
}

function lookUp(name: string, { inputs, outputs }: Member): string[] {
  const stem = name[0]?.toUpperCase() + name.slice(1);
  const optional = optionalIf(inputs);
  return [
    `export function ${name}(args${optional}: ${stem}Args, opts?: pulumi.InvokeOptions): Promise<${stem}Result>;`,
    `export function ${name}Output(args${optional}: ${stem}OutputArgs, opts?: pulumi.InvokeOutputOptions): pulumi.Output<${stem}Result>;`,
    `export interface ${stem}Args ${object(inputs, "plain")}`,
    `export interface ${stem}OutputArgs ${object(inputs, "argument")}`,
    `export interface ${stem}Result ${object(outputs, "plain", "readonly ")}`,
  ];
}

const optionalIf = (inputs: Properties) => (Object.values(inputs).some(({ required }) => required) ? "" : "?");
const orNone = (text: string, required: boolean | undefined) => (required ? text : `${text} | undefined`);

function object(properties: Properties, place: Place, readonly = ""): string {
  const lines = Object.entries(properties).map(([name, { shape, required }]) => {
    const own = type(shape, place);
    const whole = place === "argument" ? `pulumi.Input<${orNone(own, required)}>` : own;
    return `${readonly}${name}${required ? "" : "?"}: ${whole};`;
  });
  return `{\n${lines.join("\n")}\n}`;
}

function type(shape: Shape, place: Place): string {
  if (typeof shape === "string") return shape;
  if ("object" in shape) return object(shape.object, place);
  const of = (one: Shape) => (place === "argument" ? `pulumi.Input<${type(one, place)}>` : type(one, place));
  return "list" in shape ? `(${of(shape.list)})[]` : `{ [key: string]: ${of(shape.map)} }`;
}
