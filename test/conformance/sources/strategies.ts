import { expect } from "vitest";
import { images } from "../../support/engine.ts";
import type { Case } from "../case.ts";
import { runSources, sources } from "./scene.ts";

const image = images.helper;
const fresh = "Created fresh repository.";
const oneSlot = "limit = 1";

/** GIT_STRATEGY, GIT_CHECKOUT, flags of clean, fetch and clone. */
export const strategies: readonly Case[] = [
  {
    title:
      "GIT_STRATEGY fetch brings the clone of the slot's last job to the new commit, without what that left behind",
    config: { name: "fetch", settings: oneSlot },
    prove: async (world) => {
      const script = ["echo changed >a.txt; touch untracked ignored; mkdir dir; touch dir/x"];
      const first = await runSources(world, { script });
      expect(first.log).toContain(fresh);
      const second = await runSources(world, { script: ["cat a.txt", "ls -A"], variables: { GIT_STRATEGY: "fetch" } });
      expect(second.log).not.toContain(fresh);
      expect(second.log).toMatch(/Removing dir\/\n(.*\n)?Removing ignored\nRemoving untracked\n/);
      expect(second.log).toContain("$ cat a.txt\nsecond\n$ ls -A\n.git\n.gitignore\na.txt\nscript.sh\n");
    },
  },
  {
    title: "GIT_STRATEGY clone begins with an empty directory",
    config: { name: "clone", settings: oneSlot },
    prove: async (world) => {
      await runSources(world, { script: ["touch .git/mark"] });
      const variables = { GIT_STRATEGY: "clone" };
      const { log } = await runSources(world, { script: ["ls -A .git | grep -c mark || true"], variables });
      expect(log).toContain(fresh);
      expect(log).toContain("|| true\n0\n");
    },
  },
  {
    title: "without GIT_STRATEGY it is clone where the project doesn't allow fetching",
    config: { name: "no-fetch", settings: oneSlot },
    prove: async (world) => {
      for (const _ of ["first", "second"]) {
        const { log } = await runSources(world, { script: ["true"], allowGitFetch: false });
        expect(log).toContain(fresh);
      }
    },
  },
  {
    title: "GIT_STRATEGY none fetches nothing, and says so",
    job: sources({ script: ["ls -A | wc -l"], variables: { GIT_STRATEGY: "none" } }),
    observed: {
      log: [
        "Skipping Git repository setup\nSkipping Git checkout\nSkipping Git submodules setup\n",
        "$ ls -A | wc -l\n0\n",
      ],
    },
  },
  {
    title: "GIT_STRATEGY empty gives the job an empty directory of its own",
    job: sources({ script: ["pwd; ls -A | wc -l"], variables: { GIT_STRATEGY: "empty" } }),
    observed: {
      log: [
        "Skipping Git repository setup and creating an empty build directory\nSkipping Git checkout\n",
        "\n/builds/group/project-empty\n0\n",
      ],
    },
  },
  {
    title: "an unknown GIT_STRATEGY is warned about, and the default taken",
    job: sources({ script: ["cat a.txt"], variables: { GIT_STRATEGY: "copy" } }),
    observed: { log: [/GIT_STRATEGY: expected either .*'empty' got "copy", using default value/, "\nsecond\n"] },
  },
  {
    title: "GIT_CHECKOUT false fetches and leaves the directory without files",
    job: sources({ script: ["ls -A; git cat-file -t origin/main"], image, variables: { GIT_CHECKOUT: "false" } }),
    observed: { log: ["Skipping Git checkout\n", "\n.git\ncommit\n"], absent: ["Checking out"] },
  },
  {
    title: "GIT_CLEAN_FLAGS none keeps what the slot's last job left",
    config: { name: "clean-none", settings: oneSlot },
    prove: async (world) => {
      const variables = { GIT_CLEAN_FLAGS: "none" };
      await runSources(world, { script: ["touch kept ignored"], variables });
      const { log } = await runSources(world, { script: ["ls kept ignored"], variables });
      expect(log).toContain("\nignored\nkept\n");
    },
  },
  {
    title: "GIT_CLEAN_FLAGS says what is kept",
    config: { name: "clean-some", settings: oneSlot },
    prove: async (world) => {
      const variables = { GIT_CLEAN_FLAGS: "-ffdx -e kept/" };
      await runSources(world, { script: ["mkdir kept; touch kept/file gone"], variables });
      const { log } = await runSources(world, { script: ["ls -d kept gone || true"], variables });
      expect(log).toContain("Removing gone\n");
      expect(log).toMatch(/^kept$/m);
    },
  },
  {
    title: "GIT_FETCH_EXTRA_FLAGS replaces the flags of the fetch",
    job: sources({ script: ["git tag"], image, variables: { GIT_FETCH_EXTRA_FLAGS: "--tags --quiet" } }),
    observed: { log: ["$ git tag\nv1\n"] },
  },
  {
    title: "GIT_FETCH_EXTRA_FLAGS none takes them away: git then says what it fetches",
    job: sources({ script: ["true"], variables: { GIT_FETCH_EXTRA_FLAGS: "none" } }),
    observed: { log: [/\* \[new (?:ref|branch)\] +main +-> origin\/main/] },
  },
  {
    title: "FF_USE_GIT_NATIVE_CLONE clones with git clone, and GIT_CLONE_EXTRA_FLAGS go with it",
    differs:
      "it needs a git of 2.49 for that, and version 18.0; here any git does, unless the ref is neither a branch nor a tag",
    job: sources({
      script: ["git remote; cat a.txt; git rev-list --count HEAD"],
      image,
      variables: { GIT_STRATEGY: "clone", FF_USE_GIT_NATIVE_CLONE: "true", GIT_CLONE_EXTRA_FLAGS: "--origin upstream" },
      git: { depth: 1 },
    }),
    observed: {
      log: ["Cloning repository for main with git depth set to 1...\n", "\nupstream\nsecond\n1\n"],
      absent: [fresh],
    },
  },
  {
    title: "FF_ENABLE_JOB_CLEANUP cleans the sources up when the job ends",
    config: { name: "cleanup", settings: oneSlot },
    prove: async (world) => {
      const variables = { FF_ENABLE_JOB_CLEANUP: "true", GIT_CLEAN_FLAGS: "-ffdx -e kept" };
      const first = await runSources(world, { script: ["touch built kept; echo changed >a.txt"], variables });
      expect(first.log).toMatch(/Removing built\nHEAD is now at [0-9a-f]+ change\n/);
      const keep = { GIT_CLEAN_FLAGS: "none" };
      const second = await runSources(world, { script: ["ls built kept || true"], variables: keep });
      expect(second.log).toMatch(/^kept$/m);
      expect(second.log).not.toMatch(/^built$/m);
    },
  },
];
