import { existsSync, readdirSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { JobPlan } from "../../../src/job/plan.ts";
import { planJob } from "../../../src/job/plan-job.ts";
import { JobRefusal } from "../../../src/job/refusal.ts";
import { AgentError } from "../../../src/support/errors.ts";
import { readCase } from "./plan-case.ts";
import { difference } from "./plan-difference.ts";

const folder = join(import.meta.dirname, "plans");
const cases = readdirSync(folder);
const update = process.env["UPDATE_GOLDENS"] === "1";

/**
 * The plan for a person's eyes: helper and services as what differs from the build container, labels as what differs
 * from its labels, the environment once, and no certificates, which are made anew each time.
 */
function stable(plan: JobPlan): unknown {
  const text = JSON.stringify(plan, (_, value: unknown) =>
    typeof value === "string" && value.includes("-----BEGIN")
      ? `(PEM) ${/-----BEGIN ([A-Z ]+)-----/.exec(value)?.[1] ?? ""}`
      : value,
  );
  const copy = JSON.parse(text) as JobPlan;
  const { build, environment } = copy;
  const labelled = <T extends { readonly labels: object }>(made: T) => ({
    ...made,
    labels: difference(build.labels, made.labels),
  });
  return {
    ...copy,
    build: { ...build, env: difference(environment, build.env) },
    helper: difference(build, copy.helper),
    services: copy.services.map((service) => ({ ...service, container: difference(build, service.container) })),
    network: copy.network && labelled(copy.network),
    volumes: copy.volumes.map(labelled),
    storage: copy.storage && labelled(copy.storage),
  };
}

async function outcomeOf(name: string): Promise<{ readonly file: string; readonly golden: unknown }> {
  const input = await readCase(join(folder, name));
  try {
    return { file: "plan.json", golden: stable(planJob(input)) };
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    const { code, message, hint, audience } = error;
    const reason = error instanceof JobRefusal ? error.reason : "(no JobRefusal)";
    return { file: "refusal.json", golden: { code, message, hint, audience, reason } };
  }
}

describe("a job becomes the plan of its folder (UPDATE_GOLDENS=1 writes them; only what differs from `minimal`)", async () => {
  const minimal = await outcomeOf("minimal");
  test.each(cases)("%s", async (name) => {
    const outcome = await outcomeOf(name);
    const whole = name === "minimal" || outcome.file === "refusal.json";
    const golden = JSON.parse(
      JSON.stringify(whole ? outcome.golden : difference(minimal.golden, outcome.golden)),
    ) as unknown;
    const path = join(folder, name, outcome.file);
    if (update) {
      await rm(join(folder, name, outcome.file === "plan.json" ? "refusal.json" : "plan.json"), { force: true });
      await writeFile(path, `${JSON.stringify(golden, null, 2)}\n`);
    }
    expect(existsSync(path), `${outcome.file} is missing: run with UPDATE_GOLDENS=1 and read what it writes`).toBe(
      true,
    );
    expect(golden).toEqual(JSON.parse(await readFile(path, "utf8")));
  });
});

test("planning is pure: the same input gives the same plan, and stays as it was", async () => {
  const input = await readCase(join(folder, "services"));
  const before = JSON.stringify(input);
  expect(JSON.stringify(planJob(input))).toBe(JSON.stringify(planJob(input)));
  expect(JSON.stringify(input)).toBe(before);
});
