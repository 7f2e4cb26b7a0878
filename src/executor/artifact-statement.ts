import type { ProvenancePlan } from "../job/plan-provenance.ts";
import type { Statement, Subject } from "../storage/provenance.ts";

/** Milliseconds since the epoch. */
export interface JobTimes {
  readonly startedAt: number;
  readonly endedAt: number;
}

/** The in-toto statement about an artifact, with a predicate of SLSA provenance v1: what GitLab Runner calls artifacts metadata. */
export function artifactStatement(artifactName: string, plan: ProvenancePlan, times: JobTimes): Statement {
  const content = (subjects: readonly Subject[]) =>
    JSON.stringify(
      {
        _type: "https://in-toto.io/Statement/v0.1",
        subject: subjects.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
        predicateType: "https://slsa.dev/provenance/v1",
        predicate: predicate(plan, times),
      },
      null,
      1,
    );
  return { name: `${artifactName}-metadata.json`, content };
}

function predicate(plan: ProvenancePlan, times: JobTimes) {
  const started = Date.parse(plan.startedAt);
  return {
    buildDefinition: {
      // The parameters have the meaning that this document gives them.
      buildType: `https://gitlab.com/gitlab-org/gitlab-runner/-/blob/v${plan.protocolVersion}/PROVENANCE.md`,
      externalParameters: {
        ...Object.fromEntries(plan.parameters.map((name) => [name, ""])),
        entryPoint: plan.jobName,
        source: plan.project,
      },
      internalParameters: {
        name: plan.runnerName,
        executor: "docker",
        architecture: plan.architecture,
        job: String(plan.jobId),
      },
      resolvedDependencies: [{ uri: plan.project, digest: { sha256: plan.sha } }],
    },
    runDetails: {
      builder: { id: `${plan.project}/-/runners/${plan.runnerId}`, version: { longshore: plan.revision } },
      metadata: {
        invocationId: String(plan.jobId),
        startedOn: time(Number.isNaN(started) ? times.startedAt : started),
        finishedOn: time(times.endedAt),
      },
    },
  };
}

/** In whole seconds, as the reference runner passes them on. */
function time(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
