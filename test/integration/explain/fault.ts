import { expect } from "vitest";
import type { JobParts } from "../../../src/coordinator/embedded/job-record.ts";
import type { TestAgent } from "../../support/agent.ts";
import { images } from "../../support/engine.ts";
import { findingsOf } from "../../support/findings.ts";

type Services = NonNullable<JobParts["services"]>;

/** A job with something wrong, and the rule that must know it. */
export interface Fault {
  /** What is done, as a title. */
  readonly title: string;
  readonly rule: string;
  /** Runner that it runs on. */
  readonly tag: string;
  readonly script?: readonly string[];
  readonly services?: Services;
  /** Seen by services as well. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly parts?: JobParts;
  /** What else the finding must say. */
  readonly says?: RegExp;
}

/** Jobs with faults, and how many of them were explained; each group counts for itself. */
export class Faults {
  readonly #group: string;
  #made = 0;
  #explained = 0;

  constructor(group: string) {
    this.#group = group;
  }

  /** Runs the job, and expects the right finding first, in at most six lines. */
  async prove(agent: TestAgent, fault: Fault): Promise<void> {
    this.#made++;
    const { tag, script = ["docker info"], services = [], variables = {} } = fault;
    const list = Object.entries(variables).map(([key, value]) => ({ key, value, public: true }));
    const parts = { variables: list, services, ...fault.parts };
    const { job, log } = await agent.run({ image: images.docker, script, parts }, tag);
    expect([job.state, findingsOf(log)[0] ?? log]).toEqual(["failed", fault.rule]);
    const finding = /^Why it failed: .*(?:\n {2}.*)*/m.exec(log)?.[0] ?? "";
    expect(finding.split("\n").length).toBeLessThanOrEqual(6);
    if (fault.says !== undefined) expect(finding).toMatch(fault.says);
    this.#explained++;
  }

  report(): void {
    console.log(`made faults (${this.#group}): ${this.#explained} of ${this.#made} explained, the right hint first`);
  }
}
