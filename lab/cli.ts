/** `npm run lab -- COMMAND`: the lab's own commands, and the two that join it with the toolchain. */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { CACHE, ROOT } from "../toolchain/paths";
import { fail } from "../toolchain/progress";
import { labEnvironment } from "./environment";
import { STACK_FILE_VARIABLE, withStackFile } from "./stack-file";

/** The lab's own, as `dataplane/namespaces.py` names it. */
const NETWORK = "ecommerce-lab";

const USAGE = `npm run lab -- COMMAND

  up           start the embedded OpenStack; does nothing when it runs
  down         stop it and keep its state
  reset [CLOUD] empty the cloud through its APIs; CLOUD: lab, lab-other, lab-third and so on, default all
  status       what runs, and how much memory it takes
  logs [NAME]  the last lines of one service's log, or of all
  stop NAME    stop one service, to see what its absence does; start NAME brings it back
  member ID ONLINE|ERROR   what the health monitor finds of a pool member (profile api)
  guest NAME [CMD...]      run a command, or a shell, as root of a server (profile full)
  image NAME FILE          offer a raw image to everybody in the cloud
  env [STACK]  shell lines that make openstack and pulumi find it: eval "$(npm run -s lab -- env)"; pulumi then reads the
               stack file that the last \`npm run up\` wrote, or that of STACK
  exec CMD...  run a command with that environment
  wipe         stop it and delete its state

LAB_PROFILE=full|api chooses whether servers boot; unset: what the last \`npm run up\` chose.
State: ${path.join(CACHE, "lab")}, or lab-full (LAB_HOME)
`;

async function main([command, ...rest]: string[]): Promise<number> {
  switch (command) {
    case "up":
    case "down":
    case "reset":
    case "status":
    case "logs":
    case "stop":
    case "start":
    case "member":
    case "guest":
    case "image":
    case "wipe":
      return spawnSync(path.join(ROOT, "lab/lab.sh"), [command, ...rest], { stdio: "inherit" }).status ?? 1;
    case "env":
      process.stdout.write(exports(await withStackFile(await labEnvironment(), rest[0])));
      return 0;
    case "exec": {
      const [program, ...args] = rest;
      if (!program) throw new Error("lab: exec needs a command, e.g. npm run lab -- exec openstack server list");
      const lab = await withStackFile(await labEnvironment());
      const env = { ...process.env, ...lab };
      // In profile full, what servers' networks can be reached from.
      const entry = lab.LAB_PROFILE === "full" ? ["nsenter", `--net=/run/netns/${NETWORK}`] : [];
      const [first = program, ...others] = [...entry, program, ...args];
      const { status, error } = spawnSync(first, others, { stdio: "inherit", env });
      if (error) throw new Error(`lab: ${program} could not be started: ${error.message}`);
      return status ?? 1;
    }
    default:
      process.stderr.write(USAGE);
      return command === undefined || command === "help" || command === "--help" ? 0 : 2;
  }
}

/** Shell lines; variables of another cloud that would win over OS_CLOUD are taken away, and a stack file that is gone. */
function exports(env: Readonly<Record<string, string>>): string {
  const others = Object.keys(process.env).filter((name) => name.startsWith("OS_"));
  const unset = [...others, STACK_FILE_VARIABLE].filter((name) => !(name in env));
  const set = Object.entries(env).map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`);
  return `${[...(unset.length > 0 ? [`unset ${unset.join(" ")}`] : []), ...set].join("\n")}\n`;
}

main(process.argv.slice(2))
  .then((code) => process.exit(code))
  .catch(fail);
