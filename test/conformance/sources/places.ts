import { expect } from "vitest";
import { images } from "../../support/engine.ts";
import type { Case } from "../case.ts";
import { runSources, sources } from "./scene.ts";

/** Where the sources lie, and whose they are. */
export const places: readonly Case[] = [
  {
    title: "builds_dir holds the sources, below the project's path",
    config: { settings: 'builds_dir = "/ci"' },
    job: sources({ script: ["pwd; echo $CI_BUILDS_DIR $CI_PROJECT_DIR"] }),
    observed: { log: ["\n/ci/group/project\n/ci /ci/group/project\n"] },
  },
  {
    title: "GIT_CLONE_PATH is where the job wants them",
    job: sources({ script: ["pwd; cat a.txt"], variables: { GIT_CLONE_PATH: "$CI_BUILDS_DIR/go/src/app" } }),
    observed: { log: ["\n/builds/go/src/app\nsecond\n"] },
  },
  {
    title: "GIT_CLONE_PATH outside of builds_dir fails the job",
    job: sources({ script: ["echo never"], variables: { GIT_CLONE_PATH: "/builds/../srv" } }),
    observed: { state: "failed", log: [/the GIT_CLONE_PATH=".*" has to be within "\/builds"/], absent: ["echo never"] },
  },
  {
    title: "[runners.custom_build_dir] can forbid GIT_CLONE_PATH",
    config: { settings: "custom_build_dir = { enabled = false }" },
    job: sources({ script: ["echo never"], variables: { GIT_CLONE_PATH: "$CI_BUILDS_DIR/x" } }),
    observed: {
      state: "failed",
      log: ["setting GIT_CLONE_PATH is not allowed, enable `custom_build_dir` feature"],
      absent: ["echo never"],
    },
  },
  {
    title: "the sources can be changed by an image whose user isn't root",
    job: sources({ script: ["id -u; echo more >>a.txt && cat a.txt", "touch new"], image: images.nonroot }),
    observed: { log: [/^[1-9]\d*\nsecond\nmore$/m] },
  },
  {
    title: "sources that belong to another user are safe for git",
    config: { name: "safe", settings: "limit = 1" },
    prove: async (world) => {
      await runSources(world, { script: ["chown -R 1234:1234 ."] });
      const { job, log } = await runSources(world, { script: ["cat a.txt"] });
      expect([job.state, log]).toEqual(["success", expect.not.stringContaining("dubious ownership")]);
      expect(log).not.toContain("Created fresh repository.");
    },
  },
  {
    title: "protected refs and others of one slot don't see each other's sources",
    differs: "before version 18.3 they do",
    config: { name: "protected", settings: "limit = 1" },
    prove: async (world) => {
      const variables = { GIT_CLEAN_FLAGS: "none" };
      const run = (script: string, isProtected: boolean) =>
        runSources(world, { script: [script], variables, git: { protected: isProtected } });
      await run("touch of-protected", true);
      const other = await run("ls; touch of-others", false);
      expect(other.log).not.toMatch(/^of-protected$/m);
      const again = await run("ls", true);
      expect(again.log).toMatch(/^of-protected$/m);
      expect(again.log).not.toMatch(/^of-others$/m);
    },
  },
  {
    title: "clone_url takes the place of the coordinator's address",
    config: { settings: 'clone_url = "http://127.0.0.1:9/mirror"' },
    job: sources({ script: ["echo never"] }),
    observed: { state: "failed", log: ["http://127.0.0.1:9/mirror/group/project.git"], absent: ["echo never"] },
  },
  {
    title: "the hooks of config.toml and of the job run around the work, the admin's outermost",
    config: { settings: 'pre_get_sources_script = "echo admin before"\npost_get_sources_script = "echo admin after"' },
    job: (world, token) => ({
      ...sources({ script: ["true"] })(world, token),
      hooks: [
        { name: "pre_get_sources_script", script: ["echo job before"] },
        { name: "post_get_sources_script", script: ["echo job after; cat a.txt"] },
      ],
    }),
    observed: {
      log: [
        /^admin before\n(?:.*\n)?job before\n(?:.*\n)*Checking out (?:.*\n)*job after\nsecond\n(?:.*\n)?admin after$/m,
      ],
    },
  },
];
