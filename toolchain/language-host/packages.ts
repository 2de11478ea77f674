/** Which plugins a program needs: every installed package that calls itself a Pulumi resource package. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import plugin from "@pulumi/pulumi/proto/plugin_pb";

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly pulumi?: { readonly resource?: boolean; readonly name?: string; readonly version?: string };
}

export function requiredPackages(directory: string): plugin.PackageDependency[] {
  return installedPackages(directory)
    .map((file): PackageJson => JSON.parse(readFileSync(file, "utf8")))
    .filter(({ pulumi }) => pulumi?.resource)
    .map(({ name, version, pulumi }) => {
      const dependency = new plugin.PackageDependency();
      dependency.setKind("resource");
      dependency.setName(pulumi?.name ?? name.replace(/^@pulumi\//, ""));
      dependency.setVersion(`v${(pulumi?.version ?? version).replace(/^v/, "")}`);
      return dependency;
    });
}

/** package.json files of the nearest node_modules, scoped packages included. */
function installedPackages(directory: string): string[] {
  const modules = path.join(directory, "node_modules");
  if (!existsSync(modules)) {
    const parent = path.dirname(directory);
    return parent === directory ? [] : installedPackages(parent);
  }
  return readdirSync(modules)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) =>
      name.startsWith("@") ? readdirSync(path.join(modules, name)).map((n) => `${name}/${n}`) : [name],
    )
    .map((name) => path.join(modules, name, "package.json"))
    .filter((file) => existsSync(file));
}
