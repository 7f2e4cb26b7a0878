import { expect } from "vitest";
import { images } from "../../support/engine.ts";
import type { Case } from "../case.ts";
import type { World } from "../world.ts";
import { largeText, repositoryOf, runSources, type SourceJob, sources } from "./scene.ts";

const image = images.helper;

const once = (world: World, job: SourceJob) => runSources(world, { allowGitFetch: false, ...job });

/** Which commit is there, and how much of its history. */
export const commits: readonly Case[] = [
  {
    title: "the job's commit is there before the script, as a detached HEAD",
    prove: async (world) => {
      const { head } = repositoryOf("project");
      const { log } = await once(world, { script: ["git status | head -1; sh script.sh"], image });
      expect(log).toContain("Fetching changes with git depth set to 20...\n");
      expect(log).toContain(`Checking out ${head.slice(0, 8)} as detached HEAD (ref is main)...\n`);
      expect(log).toContain(`\nHEAD detached at ${head.slice(0, 7)}\nfrom the repository\n`);
    },
  },
  {
    title: "GIT_DEPTH says how much of the history is fetched",
    job: sources({ script: ["git rev-list --count HEAD"], image, git: { depth: 1 } }),
    observed: { log: ["Fetching changes with git depth set to 1...\n", "$ git rev-list --count HEAD\n1\n"] },
  },
  {
    title: "GIT_DEPTH 0 fetches all of it",
    job: sources({ script: ["git rev-list --count HEAD"], image, git: { depth: 0 } }),
    observed: { log: ["Fetching changes...\n", "$ git rev-list --count HEAD\n3\n"] },
  },
  {
    title: "a shallow clone of the slot gets its history when the depth goes away",
    config: { name: "unshallow", settings: "limit = 1" },
    prove: async (world) => {
      await runSources(world, { script: ["true"], git: { depth: 1 } });
      const { log } = await runSources(world, { script: ["git rev-list --count HEAD"], image, git: { depth: 0 } });
      expect(log).toContain("$ git rev-list --count HEAD\n3\n");
    },
  },
  {
    title: "a tag's pipeline has the tag",
    prove: async (world) => {
      const sha = await repositoryOf("project").git("rev-parse", "v1");
      const git = { sha, ref: "v1", refspecs: ["+refs/tags/v1:refs/tags/v1"] };
      const { log } = await runSources(world, {
        script: ["git describe --tags; cat a.txt"],
        image,
        git: { ...git, ref_type: "tag" },
      });
      expect(log).toContain("as detached HEAD (ref is v1)...\n");
      expect(log).toContain("\nv1\nfirst\n");
    },
  },
  {
    title: "a merge request's ref is fetched by the refspecs that the coordinator names",
    prove: async (world) => {
      const ref = "refs/merge-requests/1/head";
      const sha = await repositoryOf("project").git("rev-parse", "v1");
      const git = { sha, ref, refspecs: [`+${sha}:refs/pipelines/7`, `+${ref}:${ref}`] };
      const { log } = await once(world, { script: [`git rev-parse ${ref} refs/pipelines/7`], image, git });
      expect(log).toContain(`\n${sha}\n${sha}\n`);
    },
  },
  {
    title: "a repository of SHA-256 object names is fetched",
    job: sources({ script: ["git rev-parse HEAD | wc -c; cat a.txt"], image, project: "hashed" }),
    observed: { log: ["\n65\nof sha256\n"] },
  },
  {
    title: "files in Git LFS are there with their content",
    job: sources({ script: ["cat large.bin plain.txt"], project: "large" }),
    observed: { log: [`\n${largeText}plain\n`] },
  },
  {
    title: "GIT_LFS_SKIP_SMUDGE leaves their pointers",
    job: sources({ script: ["cat large.bin"], project: "large", variables: { GIT_LFS_SKIP_SMUDGE: "true" } }),
    observed: { log: ["\nversion https://git-lfs.github.com/spec/v1\n"], absent: [largeText] },
  },
  {
    title: "a commit that is not among the fetched ones is explained by GIT_DEPTH",
    differs: "GitLab Runner leaves it at git's words",
    prove: async (world) => {
      const sha = await repositoryOf("project").git("rev-parse", "v1");
      const { job, log } = await once(world, { script: ["echo never"], git: { sha, depth: 1 } });
      expect(job.state).toBe("failed");
      expect(log).toMatch(/^fatal: /m);
      expect(log).toMatch(
        /The commit [0-9a-f]{8} is not among what was fetched with git depth set to 1: .*Raise GIT_DEPTH/,
      );
    },
  },
  {
    title: "a commit that doesn't exist fails the job before its script, with git's words",
    job: sources({ script: ["echo never"], git: { sha: "1".repeat(40), depth: 0 } }),
    observed: {
      state: "failed",
      log: [/fatal: .*1{40}/],
      absent: ["echo never"],
    },
  },
];
