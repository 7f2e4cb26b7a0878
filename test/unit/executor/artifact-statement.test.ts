import { expect, it } from "vitest";
import { artifactStatement } from "../../../src/executor/artifact-statement.ts";
import type { ProvenancePlan } from "../../../src/job/plan-provenance.ts";

const plan: ProvenancePlan = {
  jobId: 7,
  jobName: "build",
  project: "https://gitlab.test/group/app",
  sha: "0123",
  runnerId: "12",
  runnerName: "dock 3",
  architecture: "amd64",
  parameters: ["CI_JOB_ID", "source"],
  protocolVersion: "19.4.0",
  revision: "0badcafe",
  startedAt: "2024-05-01T10:00:00+02:00",
};
const times = { startedAt: Date.UTC(2024, 4, 1, 8, 0, 1), endedAt: Date.UTC(2024, 4, 1, 8, 5, 0, 999) };

it("is an in-toto statement of SLSA provenance v1 about the files", () => {
  const { name, content } = artifactStatement("app", plan, times);
  expect(name).toBe("app-metadata.json");
  expect(JSON.parse(content([{ name: "out/a", sha256: "abcd" }]))).toEqual({
    _type: "https://in-toto.io/Statement/v0.1",
    predicateType: "https://slsa.dev/provenance/v1",
    subject: [{ name: "out/a", digest: { sha256: "abcd" } }],
    predicate: {
      buildDefinition: {
        buildType: "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/v19.4.0/PROVENANCE.md",
        externalParameters: { CI_JOB_ID: "", entryPoint: "build", source: "https://gitlab.test/group/app" },
        internalParameters: { name: "dock 3", executor: "docker", architecture: "amd64", job: "7" },
        resolvedDependencies: [{ uri: "https://gitlab.test/group/app", digest: { sha256: "0123" } }],
      },
      runDetails: {
        builder: { id: "https://gitlab.test/group/app/-/runners/12", version: { longshore: "0badcafe" } },
        metadata: { invocationId: "7", startedOn: "2024-05-01T08:00:00Z", finishedOn: "2024-05-01T08:05:00Z" },
      },
    },
  });
});

it("takes the agent's own time for the beginning where the coordinator tells none", () => {
  const { content } = artifactStatement("app", { ...plan, startedAt: "" }, times);
  expect(content([])).toContain('"startedOn": "2024-05-01T08:00:01Z"');
});
