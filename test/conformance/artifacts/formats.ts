import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { expect } from "vitest";
import type { Case } from "../case.ts";
import { fileOf, withArtifacts } from "./archive.ts";

const make = "mkdir -p out/sub; echo one >out/1; echo two >out/sub/2; ln -s 1 out/link; chmod 751 out/sub/2";

/** artifact_format. */
export const formats: readonly Case[] = [
  ...["zip", "zipzstd", "tarzstd"].map((artifact_format): Case => ({
    title: `the format ${artifact_format} brings files, modes and links to the job that depends on it`,
    prove: async (world) => {
      const first = await world.run(withArtifacts([make], { paths: ["out"], artifact_format }));
      const suffix = artifact_format === "tarzstd" ? "tar.zst" : "zip";
      expect(first.job.artifacts.map(({ filename }) => filename)).toEqual([`artifacts.${suffix}`]);
      const second = await world.run({
        script: ["cat out/1 out/sub/2; readlink out/link; stat -c %a out/sub/2"],
        parts: { dependencies: [world.coordinator.dependencyOn(first.job.id)] },
      });
      expect(second.log).toContain("\none\ntwo\n1\n751\n");
    },
  })),
  {
    title: "without a format it is zip",
    job: withArtifacts([make], { paths: ["out"], artifact_format: "" }),
    observed: { artifacts: ["archive artifacts.zip"] },
  },
  {
    title: "the format gzip is one member a file, in the order of their names",
    prove: async (world) => {
      const report = { paths: ["b.xml", "a.xml"], artifact_type: "junit", artifact_format: "gzip" };
      const { job } = await world.run(withArtifacts(["echo a >a.xml; echo b >b.xml"], report));
      expect(gunzipSync(await readFile(fileOf(job, "junit"))).toString()).toBe("a\nb\n");
    },
  },
  {
    title: "the format raw is the file itself",
    prove: async (world) => {
      const report = { name: "gl.json", paths: ["report.json"], artifact_type: "sast", artifact_format: "raw" };
      const { job } = await world.run(withArtifacts(["echo '{}' >report.json"], report));
      expect(job.artifacts.map(({ filename }) => filename)).toEqual(["gl.json"]);
      expect(await readFile(fileOf(job, "sast"), "utf8")).toBe("{}\n");
    },
  },
  {
    title: "the format raw takes one file only: more fail the job",
    job: withArtifacts(["touch a.json b.json"], { paths: ["*.json"], artifact_type: "sast", artifact_format: "raw" }),
    observed: { state: "failed", artifacts: [], log: [/one file/] },
  },
];
