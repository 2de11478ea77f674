/** What a pair of database servers needs, and what is not there for one yet. */
import type { Mistake, Rule } from "./rule";

const PAIR = "database.mode pair";

/** The provider of packages cannot be seen in an image's name for certain; the server itself says it too. */
const looksLikeMysql = (image: unknown) => typeof image === "string" && /ubuntu/i.test(image);

const completePair: Rule = ({ database }, given) => {
  if (database?.mode !== "pair") return [];
  const own = given?.database;
  const mistakes: Mistake[] = [];
  if (own?.backups === undefined) {
    const problem = `must be given with ${PAIR}: the keeper has the third voice, without which two servers cannot tell who is cut off`;
    mistakes.push({ key: "database.backups", value: undefined, problem });
  }
  if (looksLikeMysql(own?.image)) {
    const problem = `must be an image of Debian with ${PAIR}: Ubuntu's database is MySQL, which has no Galera`;
    mistakes.push({ key: "database.image", value: own?.image, problem });
  }
  if (looksLikeMysql(own?.backups?.image)) {
    const problem = `must be an image of Debian with ${PAIR}, of the same version as database.image`;
    mistakes.push({ key: "database.backups.image", value: own?.backups?.image, problem });
  }
  if (own?.restore !== undefined) {
    const problem = `must go with ${PAIR}: restore into a stack with database.mode single, and make that one a pair then; see docs/database.md`;
    mistakes.push({ key: "database.restore", value: own.restore, problem });
  }
  if (own?.volume?.grow !== undefined) {
    const problem = `must go with ${PAIR}: the keeper makes one volume larger, and there are two; make database.volume.size larger instead`;
    mistakes.push({ key: "database.volume.grow", value: own.volume.grow, problem });
  }
  return mistakes;
};

const choiceOfPair: Rule = ({ database }, given) => {
  const value = given?.database?.goOnFrom;
  if (value === undefined || database?.mode !== "single") return [];
  return [{ key: "database.goOnFrom", value, problem: `must go: only the servers of ${PAIR} are told it` }];
};

export const PAIR_RULES: readonly Rule[] = [completePair, choiceOfPair];
