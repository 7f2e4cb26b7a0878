import { expect, test } from "vitest";
import { jobPayloadSchema } from "../../../src/coordinator/job-payload.ts";

const payload = { id: 1, token: "64-job-token", job_info: {}, git_info: {} };
const length = JSON.parse('{"toString": 1, "valueOf": 1}') as unknown;

test.each([[""], [5], [null], [{ length }]])("a payload with the token %j is refused", (token) => {
  expect(jobPayloadSchema.safeParse({ ...payload, token }).success).toBe(false);
});

test("of secrets only the names are kept, however deep the rest is", () => {
  const deep = JSON.parse(`${"[".repeat(50_000)}${"]".repeat(50_000)}`) as unknown;
  const read = jobPayloadSchema.parse({ ...payload, secrets: { DATABASE: { vault: deep } } });
  expect(Object.keys(read.secrets ?? {})).toEqual(["DATABASE"]);
  expect(JSON.stringify(read)).toContain("DATABASE");
});
