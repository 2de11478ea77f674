/** For every rule something that it must find, and something like it that it must let pass. */
import { BALANCING } from "./balancing";
import { COMPUTE } from "./compute";
import { DATA } from "./data";
import { NETWORK } from "./network";
import type { Cases } from "./parts";
import { SCALING } from "./scaling";
import { SECRETS } from "./secrets";
import { WHOLE } from "./whole";

export const CASES: Cases = { ...NETWORK, ...BALANCING, ...COMPUTE, ...DATA, ...SECRETS, ...SCALING, ...WHOLE };
