import { expect } from "vitest";
import { images } from "../../support/engine.ts";
import type { Case } from "../case.ts";
import { runSources, sources } from "./scene.ts";

const image = images.helper;
const once = "[ ! -e /tmp/failed-once ] && touch /tmp/failed-once && exit 7; true";
const hook = (name: string) =>
  `mkdir -p .git/hooks; printf '#!/bin/sh\\necho hooked\\n' >.git/hooks/${name}; chmod +x .git/hooks/*`;

/** What a job that is over, or a fetch that failed, leaves behind. */
export const leftovers: readonly Case[] = [
  {
    title: "lock files of a git that was killed don't stop the slot's next job",
    config: { name: "locks", settings: "limit = 1" },
    prove: async (world) => {
      const locks = "index.lock shallow.lock HEAD.lock config.lock refs/remotes/origin/main.lock";
      await runSources(world, { script: [`cd .git; touch ${locks}`] });
      const { job, log } = await runSources(world, { script: ["cat a.txt"] });
      expect([job.state, log]).toEqual(["success", expect.not.stringContaining("Created fresh repository.")]);
    },
  },
  {
    title: "a git hook that one job leaves does not run in the next",
    config: { name: "hooks", settings: "limit = 1" },
    prove: async (world) => {
      await runSources(world, { script: [hook("post-checkout")], image });
      const { job, log } = await runSources(world, { script: ["git checkout -q HEAD && echo checked out"], image });
      expect(job.state).toBe("success");
      expect(log).toMatch(/^checked out$/m);
      expect(log).not.toMatch(/^hooked$/m);
    },
  },
  {
    title: "git hooks of any name and settings of one job are gone for the next",
    differs: "before version 17.10 settings stay, and hooks but post-checkout",
    config: { name: "settings", settings: "limit = 1" },
    prove: async (world) => {
      const left = [hook("reference-transaction"), "git config user.name left; git config core.pager left"];
      await runSources(world, { script: left, image });
      const script = ["git config user.name || echo no name; find .git -path '*/hooks/*' | wc -l"];
      const { log } = await runSources(world, { script, image });
      expect(log).not.toMatch(/^hooked$/m);
      expect(log).toContain("\nno name\n0\n");
    },
  },
  {
    title: "clean_git_config = false keeps the settings",
    config: { name: "kept-config", settings: "limit = 1\nclean_git_config = false" },
    prove: async (world) => {
      await runSources(world, { script: ["git config user.name kept"], image });
      const { log } = await runSources(world, { script: ["git config user.name"], image });
      expect(log).toMatch(/^kept$/m);
    },
  },
  {
    title: "GET_SOURCES_ATTEMPTS tries again, after the directory was cleared",
    config: { settings: `pre_get_sources_script = "${once}"` },
    job: sources({
      script: ["cat a.txt"],
      variables: { GET_SOURCES_ATTEMPTS: "2", FF_USE_EXPONENTIAL_BACKOFF_STAGE_RETRY: "false" },
    }),
    observed: {
      log: [
        "Deleting all tracked and untracked files due to source fetch failure\n",
        "Deleting tracked and untracked files...\n",
        "\nsecond\n",
      ],
    },
  },
  {
    title: "sources that can't be had end the job with git's exit code",
    config: { settings: 'pre_get_sources_script = "exit 7"' },
    job: sources({ script: ["echo never"] }),
    observed: { state: "failed", log: ["exit code 7"], absent: ["$ echo never"] },
  },
];
