/**
 * `npm run up` writes the stack files of stores in the lab anew each time, from the checkout's: what this command would write
 * there was lost, and the store would be on its volume of before again.
 */

/**
 * @param stack that is restored
 * @param wanted key of `database.restore` and its value, e.g. `snapshot: ID`
 * @throws Error that says how to restore there, when this shell is set up for the lab
 */
export function refuseInLab(stack: string, wanted: string, env: NodeJS.ProcessEnv = process.env): void {
  const { LAB_HOME: home, PULUMI_BACKEND_URL: backend } = env;
  if (!home || !backend?.includes(home)) return;
  throw new Error(
    [
      "stores in the lab are restored by their stack file, which `npm run up` reads; nothing was changed",
      `  write \`restore: { ${wanted} }\` below \`ecommerce:database\` in Pulumi.${stack}.yaml, then npm run up -- ${stack}`,
    ].join("\n"),
  );
}
