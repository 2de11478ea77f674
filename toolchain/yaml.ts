/** `npm run yaml-host`: makes programs in YAML run, where Pulumi's own downloads cannot be reached. */
import { ensureYamlHost } from "./ensure";
import { fail, say } from "./progress";

ensureYamlHost()
  .then(() => say("pulumi runs programs in YAML"))
  .catch(fail);
