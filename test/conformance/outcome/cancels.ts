import { expect } from "vitest";
import { images } from "../../support/engine.ts";
import type { Case } from "../case.ts";
import { after, long, trapped, upload } from "./long-script.ts";
import { project } from "./project.ts";

/** Cancelled by a user. */
export const cancelCases: readonly Case[] = [
  {
    title: "a cancel stops the script with TERM, runs after_script, and uploads what is wanted of a failed job",
    prove: async (world) => {
      const job = await world.start({
        script: ["touch file", ...long],
        afterScript: after,
        parts: { artifacts: upload("on_failure") },
      });
      await world.shows(job, "\nit runs\n");
      world.coordinator.cancel(job.id);
      const { log } = await world.ended(job);
      expect(job.state).toBe("canceled");
      expect(log).toContain("script canceled externally (UI, API)");
      expect(log).toContain("\nafter: canceled\n");
      expect(job.artifacts).toHaveLength(1);
    },
  },
  {
    title: "a cancel saves the caches that are wanted of a failed job",
    prove: async (world) => {
      const job = await world.start({
        script: ["mkdir kept; touch kept/file", ...long],
        parts: { cache: [{ key: "canceled", paths: ["kept"], when: "always" }] },
      });
      await world.shows(job, "\nit runs\n");
      world.coordinator.cancel(job.id);
      const { log } = await world.ended(job);
      expect(log).toMatch(/Saving cache for failed job\n[^]*kept: found 2 matching/);
    },
  },
  {
    title: "a cancel reaches the whole process tree of the script",
    prove: async (world) => {
      const child = "trap 'echo child told; exit' TERM; echo child runs; while :; do sleep 0.1; done";
      // With the shell's end the container ends, and a child that has been told comes no further.
      const job = await world.start({ script: ["trap wait TERM", `sh -c "${child}" & wait`], afterScript: after });
      await world.shows(job, "\nchild runs\n");
      world.coordinator.cancel(job.id);
      const { log } = await world.ended(job);
      expect(log).toMatch(/\nchild told\n[^]*\nafter: canceled\n/);
    },
  },
  {
    title: "FF_USE_NATIVE_CONTAINER_STOP tells the main process alone of a cancel",
    differs: "not before 19.1",
    prove: async (world) => {
      const job = await world.start({
        script: ["echo it runs", "sleep 3", "echo nobody told"],
        afterScript: after,
        variables: { FF_USE_NATIVE_CONTAINER_STOP: "true" },
      });
      await world.shows(job, "\nit runs\n");
      world.coordinator.cancel(job.id);
      const { log } = await world.ended(job);
      expect(job.state).toBe("canceled");
      expect(log).toMatch(/\nnobody told\n[^]*\nafter: canceled\n/);
    },
  },
  {
    title: "a script that is deaf to TERM is killed, and after_script runs",
    prove: async (world) => {
      const job = await world.start({
        script: ["trap '' TERM", "echo it runs", "while :; do sleep 1; done"],
        afterScript: after,
      });
      await world.shows(job, "\nit runs\n");
      world.coordinator.cancel(job.id);
      const { log } = await world.ended(job);
      expect(job.state).toBe("canceled");
      expect(log).toContain("\nafter: canceled\n");
    },
  },
  {
    title: "a cancel works in an image without bash, and for a user who isn't root",
    prove: async (world) => {
      const some = [images.tiny, images.nonroot].map((image) =>
        world.start({ image, script: long, afterScript: after }),
      );
      const canceled = (await Promise.all(some)).map(async (job) => {
        await world.shows(job, "\nit runs\n");
        world.coordinator.cancel(job.id);
        return world.ended(job);
      });
      for (const { job, log } of await Promise.all(canceled)) {
        expect(log).toContain("\nafter: canceled\n");
        expect(job.state).toBe("canceled");
      }
    },
  },
  {
    title: "a script that is cancelled may trap TERM, in any image and as any user",
    prove: async (world) => {
      const some = [images.base, images.tiny, images.nonroot].map((image) => world.start({ image, script: long }));
      const canceled = (await Promise.all(some)).map(async (job) => {
        await world.shows(job, "\nit runs\n");
        world.coordinator.cancel(job.id);
        return world.ended(job);
      });
      for (const { log } of await Promise.all(canceled)) expect(log).toContain("\ntold to end\n");
    },
    differs: trapped,
  },
  {
    title: "a cancel before the script ends the job without it and after_script",
    prove: async (world) => {
      const job = await world.start(
        project.job(world, {
          script: ["echo never"],
          afterScript: ["echo never"],
          parts: {
            hooks: [{ name: "pre_get_sources_script", script: ["echo it runs", "sleep 100"] }],
            artifacts: upload("always"),
          },
        }),
      );
      await world.shows(job, "\nit runs\n");
      world.coordinator.cancel(job.id);
      const { log } = await world.ended(job);
      expect(job.state).toBe("canceled");
      expect(log).not.toContain("\nnever\n");
      expect(job.artifacts).toEqual([]);
    },
  },
  {
    title: "a cancel during after_script of a good script leaves after_script to its end",
    prove: async (world) => {
      const job = await world.start({
        script: ["true"],
        afterScript: ["echo it runs", "sleep 1.5", "echo to its end"],
      });
      await world.shows(job, "\nit runs\n");
      world.coordinator.cancel(job.id);
      expect((await world.ended(job)).log).toContain("\nto its end\n");
    },
  },
  {
    title: "a forced cancel ends everything at once, after_script as well",
    prove: async (world) => {
      const job = await world.start({ script: ["true"], afterScript: long });
      await world.shows(job, "\nit runs\n");
      world.coordinator.cancel(job.id);
      world.coordinator.cancel(job.id);
      expect(job.state).toBe("canceled");
      expect((await world.ended(job)).log).not.toContain("Job succeeded");
    },
  },
];
