/** `npm run -s yaml-host`: prints the folder of the language host of YAML programs, building it first if need be. */
import { ensurePart, yamlHost } from "./parts";
import { fail } from "./progress";

ensurePart(yamlHost)
  .then((folder) => process.stdout.write(`${folder}\n`))
  .catch(fail);
