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

/** Certificates are made anew each time, and the environment stands in every container. */
function stable(plan: JobPlan): unknown {
  const text = JSON.stringify(plan, (_, value: unknown) =>
    typeof value === "string" && value.includes("-----BEGIN") ? `(PEM) ${/-----BEGIN ([A-Z ]+)-----/.exec(value)?.[1] ?? ""}` : value,
  );
  const copy = JSON.parse(text) as JobPlan;
  const share = <T extends { readonly env: readonly string[] }>(container: T) => ({
    ...container,
    env: JSON.stringify(container.env) === JSON.stringify(copy.environment) ? "(environment)" : container.env,
  });
  return { ...copy, build: share(copy.build), helper: share(copy.helper) };
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
    const golden = JSON.parse(JSON.stringify(whole ? outcome.golden : difference(minimal.golden, outcome.golden))) as unknown;
    const path = join(folder, name, outcome.file);
    if (update) {
      await rm(join(folder, name, outcome.file === "plan.json" ? "refusal.json" : "plan.json"), { force: true });
      await writeFile(path, `${JSON.stringify(golden, null, 2)}\n`);
    }
    expect(existsSync(path), `${outcome.file} is missing: run with UPDATE_GOLDENS=1 and read what it writes`).toBe(true);
    expect(golden).toEqual(JSON.parse(await readFile(path, "utf8")));
  });
});

test("planning is pure: the same input gives the same plan, and stays as it was", async () => {
  const input = await readCase(join(folder, "services"));
  const before = JSON.stringify(input);
  expect(JSON.stringify(planJob(input))).toBe(JSON.stringify(planJob(input)));
  expect(JSON.stringify(input)).toBe(before);
});
