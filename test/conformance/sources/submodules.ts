import { expect } from "vitest";
import { images } from "../../support/engine.ts";
import type { Case } from "../case.ts";
import { runSources, sources } from "./scene.ts";

const image = images.helper;
const project = "modules";
const normal = { GIT_SUBMODULE_STRATEGY: "normal" };

/** GIT_SUBMODULE_*. */
export const submodules: readonly Case[] = [
  {
    title: "submodules are left out without GIT_SUBMODULE_STRATEGY",
    job: sources({ script: ["ls -A lib abs"], project }),
    observed: { log: ["Skipping Git submodules setup\n", "$ ls -A lib abs\nabs:\n\nlib:\n"] },
  },
  {
    title: "GIT_SUBMODULE_STRATEGY normal fetches them with the job's token, by relative and by whole addresses",
    job: sources({ script: ["cat lib/lib.txt abs/other.txt; ls -A lib/inner | wc -l"], project, variables: normal }),
    observed: {
      log: [
        "Updating/initializing submodules with git depth set to 20...\n",
        "Updated submodules\n",
        "\nof the library\nof the other one\n0\n",
      ],
    },
  },
  {
    title: "GIT_SUBMODULE_STRATEGY recursive fetches theirs as well",
    job: sources({
      script: ["cat lib/inner/inner.txt"],
      project,
      variables: { GIT_SUBMODULE_STRATEGY: "recursive" },
    }),
    observed: { log: ["Updating/initializing submodules recursively", "\nof the inner one\n"] },
  },
  {
    title: "GIT_SUBMODULE_DEPTH says how much of their history there is",
    job: sources({
      script: ["git -C lib rev-list --count HEAD"],
      image,
      project,
      variables: { ...normal, GIT_SUBMODULE_DEPTH: "1" },
    }),
    observed: { log: ["submodules with git depth set to 1...\n", "--count HEAD\n1\n"] },
  },
  {
    title: "GIT_SUBMODULE_PATHS names those that are wanted",
    job: sources({ script: ["ls lib abs"], project, variables: { ...normal, GIT_SUBMODULE_PATHS: "lib" } }),
    observed: { log: ["$ ls lib abs\nabs:\n\nlib:\ninner\nlib.txt\n"] },
  },
  {
    title: "GIT_SUBMODULE_PATHS can leave some out",
    job: sources({ script: ["ls lib abs"], project, variables: { ...normal, GIT_SUBMODULE_PATHS: ":(exclude)lib" } }),
    observed: { log: ["$ ls lib abs\nabs:\nother.txt\n\nlib:\n"] },
  },
  {
    title: "GIT_SUBMODULE_UPDATE_FLAGS go with the update",
    job: sources({
      script: ["cat lib/lib.txt"],
      project,
      variables: { ...normal, GIT_SUBMODULE_UPDATE_FLAGS: "--remote --no-fetch --jobs 2" },
    }),
    observed: { log: ["\nof a newer library\n"] },
  },
  {
    title: "GIT_SUBMODULE_FORCE_HTTPS fetches by HTTP with the job's token what .gitmodules names for SSH",
    job: sources({
      script: ["cat abs/other.txt"],
      project: "over-ssh",
      variables: { ...normal, GIT_SUBMODULE_FORCE_HTTPS: "true" },
    }),
    observed: { log: ["\nof the other one\n"] },
  },
  {
    title: "an unknown GIT_SUBMODULE_STRATEGY fails the job",
    job: sources({ script: ["echo never"], project, variables: { GIT_SUBMODULE_STRATEGY: "deep" } }),
    observed: { state: "failed", log: [/GIT_SUBMODULE_STRATEGY/], absent: ["$ echo never"] },
  },
  {
    title: "submodules of the slot's last job are cleaned and brought to the new commit",
    config: { name: "submodules", settings: "limit = 1" },
    prove: async (world) => {
      await runSources(world, { script: ["echo x >lib/lib.txt; touch lib/left"], project, variables: normal });
      const { log } = await runSources(world, { script: ["cat lib/lib.txt; ls lib"], project, variables: normal });
      expect(log).toContain("\nof the library\ninner\nlib.txt\n");
    },
  },
];
