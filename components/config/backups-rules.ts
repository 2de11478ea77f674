/** Backups need Swift and a way to it; a restore needs backups, and another store's key with its container. */
import { BACKUP_KEY } from "./backups-schema";
import type { Mistake, Rule } from "./rule";

const reachable: Rule = ({ access, cloud }, given) => {
  if (given?.database?.backups === undefined) return [];
  const mistakes: Mistake[] = [];
  if (cloud?.objectStorage === false) {
    mistakes.push({ key: "cloud.objectStorage", value: false, problem: "must be true with database.backups" });
  }
  if (access?.services?.length === 0) {
    const problem =
      "must name the CIDRs of Keystone's and Swift's endpoints with database.backups, which the keeper then may reach";
    mistakes.push({ key: "access.services", value: given.access?.services, problem });
  }
  return mistakes;
};

const restorable: Rule = (_, given) => {
  const restore = given?.database?.restore;
  const hasKey = given?.[BACKUP_KEY] !== undefined;
  const mistakes: Mistake[] = [];
  if (restore?.at !== undefined && given?.database?.backups === undefined) {
    const problem = "must be given with database.restore.at: the keeper is what restores";
    mistakes.push({ key: "database.backups", value: undefined, problem });
  }
  if (restore?.container !== undefined && !hasKey) {
    const problem = `must be given with database.restore.container: pulumi config set --secret ${BACKUP_KEY}`;
    mistakes.push({ key: BACKUP_KEY, value: undefined, problem });
  }
  if (hasKey && restore?.container === undefined) {
    const problem = `must be given with ${BACKUP_KEY}`;
    mistakes.push({ key: "database.restore.container", value: undefined, problem });
  }
  return mistakes;
};

/** From backups or from a snapshot: from both at once would be two pasts. */
const onePast: Rule = (_, given) => {
  const restore = given?.database?.restore;
  if (restore === undefined) return [];
  const { at, snapshot, container } = restore;
  if (at === undefined && snapshot === undefined) {
    const problem = "must be given, or database.restore.snapshot: it says what is restored";
    return [{ key: "database.restore.at", value: undefined, problem }];
  }
  if (snapshot === undefined) return [];
  const others = { at, container };
  return Object.entries(others).flatMap(([key, value]) => {
    const problem = "must go, or database.restore.snapshot: a snapshot has all of the data, and needs no backups";
    return value === undefined ? [] : [{ key: `database.restore.${key}`, value, problem }];
  });
};

export const BACKUPS_RULES: readonly Rule[] = [reachable, restorable, onePast];
