import { expect } from "vitest";
import { images } from "../../support/engine.ts";
import type { Case } from "../case.ts";
import { namesIn, readFrom, withArtifacts } from "./archive.ts";

const file = { paths: ["file"] };
const named = (name: string) => withArtifacts(["touch file"], { ...file, name });

interface Statement {
  readonly subject: readonly { readonly name: string; readonly digest: { readonly sha256: string } }[];
  readonly predicateType: string;
}

/** What goes up, when, and under which name. */
export const uploads: readonly Case[] = [
  {
    title: "artifacts of a job that succeeds go up under the usual name",
    job: { script: ["touch file"], artifacts: ["file"] },
    observed: {
      artifacts: ["archive artifacts.zip"],
      log: [
        "Uploading artifacts for successful job\n",
        "Uploading artifacts...\n",
        /Uploading artifacts as "archive" to coordinator\.\.\. 201 Created/,
      ],
    },
  },
  {
    title: "those of a job that fails don't, by default",
    job: withArtifacts(["touch file; exit 4"], file),
    observed: { state: "failed", exitCode: 4, artifacts: [], absent: ["Uploading artifacts for"] },
  },
  {
    title: "when: on_failure are those of a job that fails",
    prove: async (world) => {
      const artifact = { ...file, when: "on_failure" };
      const [bad, good] = await Promise.all([
        world.run(withArtifacts(["touch file; exit 4"], artifact)),
        world.run(withArtifacts(["touch file"], artifact)),
      ]);
      expect(bad.log).toContain("Uploading artifacts for failed job\n");
      expect([bad.job.artifacts.length, bad.job.exitCode, good.job.artifacts.length]).toEqual([1, 4, 0]);
    },
  },
  {
    title: "when: always are those of any job",
    job: withArtifacts(["touch file; exit 4"], { ...file, when: "always" }),
    observed: { state: "failed", exitCode: 4, artifacts: ["archive artifacts.zip"] },
  },
  {
    title: "a name may have variables in it",
    job: { ...named("$CI_JOB_NAME-${KIND}"), variables: { KIND: "x86", CI_JOB_NAME: "build" } },
    observed: { artifacts: ["archive build-x86.zip"] },
  },
  {
    title: "a name that is empty once its variables are expanded is default",
    job: named("$NOWHERE"),
    observed: { artifacts: ["archive default.zip"] },
  },
  {
    title: "of a name with slashes the last part counts",
    job: named("feature/one"),
    observed: { artifacts: ["archive one.zip"] },
  },
  {
    title: "expire_in is passed on as it is written",
    prove: async (world) => {
      const { job } = await world.run(withArtifacts(["touch file"], { ...file, expire_in: "3 days 4 hrs" }));
      expect(job.artifacts.map(({ expireIn }) => expireIn)).toEqual(["3 days 4 hrs"]);
    },
  },
  {
    title: "reports go up beside the archive, each as its type",
    job: withArtifacts(
      ["echo '<testsuites/>' >junit.xml; echo KEY=value >build.env; touch file"],
      file,
      { name: "", paths: ["junit.xml"], artifact_type: "junit", artifact_format: "gzip", when: "always" },
      { name: "", paths: ["build.env"], artifact_type: "dotenv", artifact_format: "gzip" },
    ),
    observed: { artifacts: ["archive artifacts.zip", "dotenv artifacts.gz", "junit artifacts.gz"] },
  },
  {
    title: "artifacts without paths and untracked are none at all",
    job: withArtifacts(["true"], { exclude: [] }),
    observed: { artifacts: [], absent: ["Uploading artifacts"] },
  },
  {
    title: "ARTIFACT_COMPRESSION_LEVEL says how small the archive gets: fastest doesn't compress",
    prove: async (world) => {
      const script = ["seq 200000 >numbers"];
      const sizes = await Promise.all(
        ["fastest", "", "slowest"].map(async (level) => {
          // What obeys the level in GitLab Runner, and is its default since version 19.4.
          const variables = { ARTIFACT_COMPRESSION_LEVEL: level, FF_USE_FASTZIP: "true" };
          const { job } = await world.run({ ...withArtifacts(script, { paths: ["numbers"] }), variables });
          return job.artifacts[0]?.size ?? 0;
        }),
      );
      const [fastest = 0, byDefault = 0, slowest = 0] = sizes;
      expect(fastest).toBeGreaterThan(1_288_000);
      expect([byDefault < fastest / 2, slowest < byDefault]).toEqual([true, true]);
    },
  },
  {
    title: "TRANSFER_METER_FREQUENCY has the log say how much was sent",
    differs: "in other words, a line each time",
    job: { ...withArtifacts(["touch file"], file), variables: { TRANSFER_METER_FREQUENCY: "1s" } },
    observed: { log: [/^Uploaded artifacts: 0\.0 MiB, 1 file, \d+ s, /m] },
  },
  {
    title: "CI_DEBUG_TRACE shows what the coordinator answered",
    differs: "a line for each header",
    job: { ...withArtifacts(["touch file"], file), variables: { CI_DEBUG_TRACE: "true" } },
    observed: {
      log: [
        /answered 201 Created\n(?: {2}.*\n)*? {2}Content-Type: application\/json/i,
        /\n {2}body: \{"message":"201 Created"\}/,
      ],
    },
  },
  {
    title: "RUNNER_GENERATE_ARTIFACTS_METADATA adds an in-toto statement about the files to the archive",
    prove: async (world) => {
      const variables = { RUNNER_GENERATE_ARTIFACTS_METADATA: "true", SLSA_PROVENANCE_SCHEMA_VERSION: "v1" };
      const job = withArtifacts(["mkdir out; printf x >out/file"], { name: "app", paths: ["out"] });
      const ended = await world.run({ ...job, variables });
      expect(ended.log).toContain("Generating artifacts statement\n");
      expect(await namesIn(ended.job)).toEqual(["app-metadata.json", "out/file"]);
      const statement = JSON.parse(await readFrom(ended.job, "app-metadata.json")) as Statement;
      expect(statement.predicateType).toBe("https://slsa.dev/provenance/v1");
      expect(statement.subject).toEqual([
        {
          name: "out/file",
          digest: { sha256: "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881" },
        },
      ]);
    },
  },
  {
    title: "an unknown SLSA_PROVENANCE_SCHEMA_VERSION is warned about",
    job: {
      ...withArtifacts(["touch file"], file),
      variables: { RUNNER_GENERATE_ARTIFACTS_METADATA: "true", SLSA_PROVENANCE_SCHEMA_VERSION: "v0" },
    },
    observed: { artifacts: ["archive artifacts.zip"], log: ["Unknown SLSA provenance version v0, defaulting to v1\n"] },
  },
  {
    title: "artifacts of an image whose user isn't root belong to that user again in the next job",
    prove: async (world) => {
      const image = images.nonroot;
      const first = await world.run({ image, script: ["mkdir -m 700 out; echo 1 >out/file"], artifacts: ["out"] });
      const dependencies = [world.coordinator.dependencyOn(first.job.id)];
      const second = await world.run({ image, script: ["cat out/file", "touch out/new"], parts: { dependencies } });
      expect(second.job.state).toBe("success");
    },
  },
];
