import fc from "fast-check";
import { expect, test } from "vitest";
import { createLog } from "../../../src/support/log.ts";
import { hideShapes, redacted } from "../../../src/support/redact.ts";

const secret = fc.stringMatching(/^S[a-zA-Z0-9]{20}Z$/);

test.each([
  ["fatal: https://oauth2:PASSWORD@example.com/a.git", "fatal: https://[REDACTED]@example.com/a.git"],
  ["proxy http://user:p@PASSWORD@proxy:3128", "proxy http://[REDACTED]@proxy:3128"],
  ["sent Authorization: Basic UEFTU1dPUkQ6UEFTU1dPUkQ=", "sent Authorization: Basic [REDACTED]"],
  ["JOB-TOKEN: PASSWORD", "JOB-TOKEN: [REDACTED]"],
  ["token glrt-t1_PASSWORD and glcbt-64_PASSWORD", "token [REDACTED] and [REDACTED]"],
  ["registered with GR1348941PASSWORD", "registered with [REDACTED]"],
  ["https://s3/a?x=1&X-Amz-Signature=PASSWORD&y=2", "https://s3/a?x=1&X-Amz-Signature=[REDACTED]&y=2"],
])("a secret is known by its shape: %s", (text, expected) => {
  expect(hideShapes(text)).toBe(expected);
});

test.each([
  "runner (abc123def) polls https://gitlab.example.com/api/v4/jobs/request",
  "glibc-2.36-9+deb12u4 and glob-parent are no tokens",
  "Basic authentication is needed",
  "mail me@example.com about http://host:8080/@scope/package",
  "image registry.example.com/a@sha256:0123456789abcdef",
])("what only looks a little like one stays: %s", (text) => {
  expect(hideShapes(text)).toBe(text);
});

test("a long text of one kind of character takes no time that grows with its square", () => {
  for (const text of ["://", ":", "@", "a", "&token", "Basic ", "glrt-"]) hideShapes(text.repeat(20_000));
});

/** A value with the secret at some depth, in one of the ways in which libraries carry them around. */
const carrier = (held: string) =>
  fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom<unknown>(
        { token: held },
        { "x-runner-token": held },
        { options: { headers: { authorization: `Bearer ${held}`, "JOB-TOKEN": held } } },
        { password: held, identityToken: held },
        { DOCKER_AUTH: held },
        Buffer.from(held),
        new TextEncoder().encode(held),
        new URL(`https://user:${held}@example.com/path`),
        `https://user:${held}@example.com/path`,
        Object.assign(new Error("refused"), { options: { headers: { "private-token": held } }, cert: held }),
        Object.assign(new Error("refused"), { config: { auth: held }, request: { body: held } }),
        new Error(`call to https://${held}@example.com failed`),
        new Map([["secret", held]]),
      ),
      tie("node").map((inner) => ({ inner, harmless: "shown" })),
      tie("node").map((inner) => [inner]),
      tie("node").map((inner) => new Error("outer", { cause: inner })),
      tie("node").map((inner) => new AggregateError([inner], "several")),
    ),
  })).node;

test("no secret comes through, however deep it is and whatever holds it", () => {
  fc.assert(
    fc.property(
      secret.chain((held) => fc.tuple(fc.constant(held), carrier(held))),
      fc.constantFrom("runner", "text", "json"),
      ([held, value], format) => {
        const lines: string[] = [];
        const log = createLog({ format, level: "debug", colour: false, write: (line) => lines.push(line) });
        log.error({ err: value, value }, "failed");
        expect(lines.join("")).not.toContain(held);
        expect(lines.join("")).not.toContain(Buffer.from(held).toString("base64").slice(0, 24));
        expect(JSON.stringify(redacted(value))).not.toContain(held);
      },
    ),
  );
});

test("a cycle ends", () => {
  const error = new Error("round");
  error.cause = { error };
  const lines: string[] = [];
  createLog({ format: "json", level: "info", colour: false, write: (line) => lines.push(line) }).info(
    { err: error },
    "a",
  );
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ msg: "a", err: { message: "round" } });
});
