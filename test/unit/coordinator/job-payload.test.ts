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

test("an input that is nested too deeply has no value, and one that isn't keeps it", () => {
  const nested = (levels: number) => JSON.parse(`${"[".repeat(levels)}${"]".repeat(levels)}`) as unknown;
  const read = jobPayloadSchema.parse({
    ...payload,
    inputs: [64, 65, 50_000].map((levels) => ({ key: "deep", value: { type: "array", content: nested(levels) } })),
  });
  expect(read.inputs.map(({ value }) => value?.content)).toEqual([nested(64), null, null]);
});

test("options of an image that nobody knows keep their names and lose what they hold, also when read once more", () => {
  const image = { name: "a", executor_opts: { docker: { user: 7, network: { deep: [] } }, podman: { user: "1" } } };
  const read = jobPayloadSchema.parse({ ...payload, image });
  expect(read.image?.executor_opts).toEqual({ docker: { platform: "", user: "7", network: null }, podman: null });
  expect(jobPayloadSchema.parse(read)).toEqual(read);
});

test("what a job asks for is the same when it is read once more", () => {
  const read = jobPayloadSchema.parse({
    ...payload,
    inputs: [{ key: "a", value: { type: "struct", content: { b: [1, null] }, sensitive: true } }],
    secrets: { A: { vault: { path: "x" }, file: false }, B: { nobody: {} }, C: null },
    policy_options: { execution_policy_job: true, policy_name: "Scan" },
  });
  expect(jobPayloadSchema.parse(JSON.parse(JSON.stringify(read)))).toEqual(JSON.parse(JSON.stringify(read)));
});
