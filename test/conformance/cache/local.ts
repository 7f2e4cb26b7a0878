import { expect } from "vitest";
import type { Case } from "../case.ts";
import { images } from "../../support/engine.ts";
import { oneSlot } from "./entries.ts";
import { look, run, withCaches, write } from "./jobs.ts";

const slots = ["one", "two", "three"].map(oneSlot) as [
  ReturnType<typeof oneSlot>,
  ReturnType<typeof oneSlot>,
  ReturnType<typeof oneSlot>,
];
const [one, two, three] = slots;

/** Caches that stay on the daemon. */
export const localCases: readonly Case[] = [
  {
    title: "without a remote store a cache stays on the daemon, and the next job of the slot finds it by its key",
    config: one,
    prove: async (world) => {
      const caches = [{ key: "$WHAT-deps" }];
      const variables = { WHAT: "build" };
      const first = await run(world, { script: write, caches, variables });
      // What GitLab Runner's helper says comes by another stream than what its script does: in any order.
      for (const line of [
        "Checking cache for build-deps...\n",
        "WARNING: Cache file does not exist\n",
        "Failed to extract cache\n",
        "No URL provided, cache will not be uploaded to shared cache server",
        "Created cache\n",
      ])
        expect(first.log).toContain(line);
      expect((await run(world, { script: write, caches, variables })).log).toMatch(
        /\nSuccessfully extracted cache\n[^]*\nlines: 2\n/,
      );
      expect((await run(world, { script: look, caches: [{ key: "another" }] })).log).toContain("\nlines: 0\n");
    },
  },
  {
    title: "a cache stays on the daemon also where the volumes of config.toml name no /cache",
    config: { name: "no volume", settings: "limit = 1" },
    differs: "its copies go with the job then; `register` writes the volume",
    prove: async (world) => {
      const caches = [{ key: "without" }];
      await run(world, { script: write, caches });
      expect((await run(world, { script: look, caches })).log).toContain("\nlines: 1\n");
    },
  },
  {
    title: "a cache without a key is called as the job and its ref",
    config: one,
    job: withCaches({ name: "compile", script: ["true"], caches: [{ key: "" }] }),
    observed: { log: [/Checking cache for compile\/\S+\.\.\.\n/] },
  },
  {
    title: "a key that leads elsewhere is cleaned, and one of which nothing is left skips the cache",
    differs: "before version 18.2 such keys are taken as they are",
    config: two,
    job: withCaches({ script: write, caches: [{ key: "../../x\\y " }, { key: "%2e%2e" }] }),
    observed: {
      log: [
        'cache key "../../x\\\\y " sanitized to "x/y"',
        "Checking cache for x/y...",
        'cache key "%2e%2e" could not be sanitized',
        "Skipping cache extraction due to empty cache key",
        "Skipping cache archiving due to empty cache key",
      ],
    },
  },
  {
    title: "fallback_keys are tried in their order, then CACHE_FALLBACK_KEY",
    config: two,
    prove: async (world) => {
      await run(world, { script: write, caches: [{ key: "last" }] });
      const asked = { key: "feature", fallback_keys: ["nothing", "$NAME"] };
      const variables = { NAME: "none", CACHE_FALLBACK_KEY: "last" };
      const { log } = await run(world, { script: look, caches: [asked], variables });
      const keys = [...log.matchAll(/Checking cache for (.*)\.\.\./g)].map(([, key]) => key);
      expect(keys).toEqual(["feature", "nothing", "none", "last"]);
      expect(log).toContain("\nlines: 1\n");
    },
  },
  {
    title: "CACHE_FALLBACK_KEY may not name what protected branches keep",
    config: two,
    job: withCaches({ script: look, caches: [{ key: "own" }], variables: { CACHE_FALLBACK_KEY: "main-protected/ " } }),
    observed: { log: ["Checking cache for own..."], absent: ["Checking cache for main"] },
  },
  {
    title: "a CACHE_FALLBACK_KEY that is refused is told of, also where it becomes such a name only when it is cleaned",
    differs: "before version 18.2 it says nothing, and takes a key with a dot behind the name",
    config: two,
    job: withCaches({ script: look, caches: [{ key: "own" }], variables: { CACHE_FALLBACK_KEY: "main-protected. " } }),
    observed: { log: ['not allowed to end in "-protected"'], absent: ["Checking cache for main"] },
  },
  {
    title: "protected and unprotected refs share no cache",
    config: oneSlot("protected"),
    differs: "before version 18.3 only the suffix that GitLab adds to their keys parts them",
    prove: async (world) => {
      const git = (isProtected: boolean) => ({
        git_info: { repo_url: "", ref: "main", sha: "0".repeat(40), protected: isProtected },
      });
      const caches = [{ key: "same" }];
      const variables = { GIT_STRATEGY: "none" };
      await run(world, { script: write, caches, variables, parts: git(true) });
      const unprotected = await run(world, { script: look, caches, variables, parts: git(false) });
      expect(unprotected.log).toContain("\nlines: 0\n");
      const again = await run(world, { script: look, caches, variables, parts: git(true) });
      expect(again.log).toContain("\nlines: 1\n");
    },
  },
  {
    title: "the policy pull only reads a cache and push only writes it, also when a variable says so",
    config: three,
    prove: async (world) => {
      const variables = { POLICY: "push" };
      await run(world, { script: write, caches: [{ key: "p", policy: "$POLICY" as "push" }], variables });
      const pulled = await run(world, { script: write, caches: [{ key: "p", policy: "pull" }] });
      expect(pulled.log).toContain("\nlines: 2\n");
      expect(pulled.log).toContain("Not uploading cache p due to policy");
      const pushed = await run(world, { script: look, caches: [{ key: "p", policy: "push" }] });
      expect(pushed.log).toContain("Not downloading cache p due to policy");
      expect((await run(world, { script: look, caches: [{ key: "p" }] })).log).toContain("\nlines: 1\n");
    },
  },
  {
    title: "a policy that is unknown fails the job",
    config: three,
    job: withCaches({ script: ["true"], caches: [{ key: "p", policy: "sometimes" as "push" }] }),
    observed: { state: "failed", log: ["unknown cache policy sometimes for p"] },
  },
  {
    title: "when says after which jobs a cache is saved: those that succeeded, failed, or all",
    config: three,
    prove: async (world) => {
      const ended = await world.run(
        withCaches({
          script: [...write, "exit 2"],
          caches: [
            { key: "good", when: "on_success" },
            { key: "bad", when: "on_failure" },
            { key: "all", when: "always" },
          ],
        }),
      );
      expect(ended.log).toContain("Saving cache for failed job\n");
      const saved = [...ended.log.matchAll(/Creating cache (\S+)\.\.\./g)].map(([, key]) => key);
      expect(saved).toEqual(["bad", "all"]);
    },
  },
  {
    title: "untracked takes what git does not track",
    config: two,
    prove: async (world) => {
      const script = ["git init -q; echo 1 >tracked; echo 2 >new; git add tracked"];
      const caches = [{ key: "untracked", paths: [], untracked: true }];
      const image = images.helper;
      const { log } = await run(world, { script, caches, image });
      expect(log).toContain("untracked: found 1 files");
      expect((await run(world, { script: ["ls; cat new"], caches, image })).log).toContain("\nnew\n2\n");
    },
  },
  {
    title: "a cache that has not changed is not written again, and one without files is no failure",
    config: three,
    prove: async (world) => {
      const caches = [{ key: "same" }, { key: "none", paths: ["nowhere"] }];
      const first = await run(world, { script: write, caches });
      expect(first.log).toContain("nowhere: no matching files");
      expect(first.log).not.toContain("Archive is up to date!");
      expect((await run(world, { script: look, caches })).log).toContain("Archive is up to date!\n");
    },
  },
  {
    title: "a cache without files is not written, and the log says so",
    config: three,
    differs: "before version 18.11 it writes an empty archive",
    job: withCaches({ script: ["true"], caches: [{ key: "empty", paths: ["nowhere"] }] }),
    observed: { log: [/nowhere: no matching files[^]*WARNING: No files to cache\.\n/] },
  },
  {
    title: "modes, times, links and names of all kinds come back as they were",
    config: three,
    prove: async (world) => {
      const make = `mkdir -p kept/.hidden; echo a >'kept/.hidden/a b'; chmod 751 'kept/.hidden/a b'; touch -d @1000000000 'kept/.hidden/a b'`;
      const links = "ln -s '.hidden/a b' kept/link; ln -s /usr/bin/env kept/absolute; touch kept/ü";
      await run(world, { script: [make, links], caches: [{ key: "kinds" }] });
      const stat = `cd kept; stat -c '%n %a %Y' '.hidden/a b'; readlink link absolute; ls ü`;
      const { log } = await run(world, { script: [stat], caches: [{ key: "kinds" }] });
      expect(log).toContain("\n.hidden/a b 751 1000000000\n.hidden/a b\n/usr/bin/env\nü\n");
    },
  },
  {
    title: "FF_CLEAN_UP_FAILED_CACHE_EXTRACT removes what a cache that can't be extracted should have brought",
    config: one,
    prove: async (world) => {
      await run(world, { script: write, caches: [{ key: "there" }] });
      const caches = [{ key: "there" }, { key: "missing" }];
      const variables = { FF_CLEAN_UP_FAILED_CACHE_EXTRACT: "true" };
      const cleaned = await run(world, { script: look, caches, variables });
      expect(cleaned.log).toMatch(/Failed to extract cache\nRemoving kept\n[^]*\nlines: 0\n/);
      expect((await run(world, { script: look, caches })).log).toContain("\nlines: 1\n");
    },
  },
];
