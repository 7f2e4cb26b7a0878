import type { Feature } from "../case.ts";
import { commits } from "./commits.ts";
import { differences } from "./differences.ts";
import { leftovers } from "./leftovers.ts";
import { logins } from "./logins.ts";
import { places } from "./places.ts";
import { prepareProjects } from "./scene.ts";
import { strategies } from "./strategies.ts";
import { submodules } from "./submodules.ts";

export const feature: Feature = {
  title: "Sources",
  prepare: prepareProjects,
  cases: [...strategies, ...commits, ...places, ...submodules, ...leftovers, ...logins],
  differences,
};
