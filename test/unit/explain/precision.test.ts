import { describe, expect, it } from "vitest";
import { explain } from "../../../src/explain/explain.ts";
import { evidenceOf, serviceEvidence } from "../../support/evidence.ts";
import { ordinaryFailures, type RecordedFailure, surroundings } from "../../support/ordinary-failures.ts";

const hintsOf = (failures: readonly Pick<RecordedFailure, "title" | "evidence">[]) =>
  failures.flatMap(({ title, evidence }) =>
    explain(evidence).map(({ rule, cause, seen }) => `${title}: [${rule}] ${cause} (seen: ${seen})`),
  );

describe("on failures that are the job's own business", () => {
  it("no rule says anything", () => {
    const failures = ordinaryFailures();
    const hints = hintsOf(failures);
    console.log(`ordinary failures: ${failures.length} outputs, ${hints.length} hints`);
    expect(hints).toEqual([]);
    expect(failures.length).toBeGreaterThan(350);
  });

  it.each(surroundings)("no rule says anything when the job's docker is wired by %s", (inside) => {
    expect(hintsOf(ordinaryFailures(inside))).toEqual([]);
  });
});

describe("on the same as another user, and behind a dead service that nobody missed", () => {
  it("no rule says anything", () => {
    const state = { running: false, exitCode: 1, oomKilled: false, error: "" };
    const dead = serviceEvidence({
      name: "acme/mailer:1",
      aliases: ["acme__mailer", "mailer"],
      state,
      log: ["Killed"],
    });
    const failures = ordinaryFailures().map(({ title, evidence }) => ({
      title,
      evidence: {
        ...evidence,
        build: { ...evidence.build, user: "1000", entrypoint: ["docker-entrypoint.sh"] },
        services: [...evidence.services, dead],
      },
    }));
    expect(hintsOf(failures)).toEqual([]);
  });
});

describe("on failures that say enough by themselves", () => {
  it.each([
    ["runner_system_failure", "ask the Docker daemon for its version: connect ENOENT /nonexistent/docker.sock"],
    ["runner_system_failure", "ask the Docker daemon for its version: connect ECONNREFUSED 10.1.2.3:2376"],
    ["runner_system_failure", "the build container was removed while the job ran"],
    ["runner_system_failure", "create container runner-x-build: the Docker daemon closed the connection"],
    ["runner_system_failure", "get sources: exit code 128"],
    ["job_execution_timeout", "script took longer than 60 seconds"],
    ["job_execution_timeout", "the job took longer than 3600 seconds"],
    ["runner_configuration_error", 'the image "acme/app:1" is not among allowed_images'],
  ])("no rule adds to %s: %s", (reason, message) => {
    const output = ["$ make test", "testing …"];
    expect(explain(evidenceOf({ failure: { exitCode: null, reason, message }, output }))).toEqual([]);
    expect(explain(evidenceOf({ failure: { exitCode: null, reason, message }, daemon: null }))).toEqual([]);
  });
});

describe("the records", () => {
  it("have names of their own, an exit code of a failure and an image", () => {
    const failures = ordinaryFailures();
    expect(new Set(failures.map(({ title }) => title)).size).toBe(failures.length);
    const incomplete = failures.filter(
      ({ evidence: { failure, build } }) => !((failure?.exitCode ?? 0) > 0) || build.image === "",
    );
    expect(incomplete).toEqual([]);
  });
});
