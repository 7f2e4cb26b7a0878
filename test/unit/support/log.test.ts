import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KnownSecrets } from "../../../src/support/known-secrets.ts";
import { createLog, type LogOptions } from "../../../src/support/log.ts";

function logging(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const log = createLog({
    format: "runner",
    level: "info",
    colour: false,
    write: (line) => lines.push(line),
    ...options,
  });
  return { log, lines };
}

describe("a line for people", () => {
  test("has the message, then the fields, on one line", () => {
    const { log, lines } = logging();
    log.info({ job: 4711, state: "success", empty: "" }, "job ended");
    expect(lines).toEqual(["job ended  job=4711 state=success\n"]);
  });

  test("begins with its level when that is not info, in GitLab Runner's words", () => {
    const { log, lines } = logging({ level: "debug" });
    log.debug("a");
    log.warn("b");
    log.error("c");
    log.fatal("d");
    expect(lines).toEqual(["DEBUG: a\n", "WARNING: b\n", "ERROR: c\n", "FATAL: d\n"]);
  });

  test("has the time in the format text", () => {
    const { log, lines } = logging({ format: "text" });
    log.info("a");
    expect(lines[0]).toMatch(/^time=\d{4}-\d\d-\d\dT[\d:.]+Z a\n$/);
  });

  test("says an error's message, without its stack", () => {
    const { log, lines } = logging();
    log.error({ err: new Error("broken") }, "failed");
    expect(lines).toEqual(["ERROR: failed error=broken\n"]);
  });

  test("steers nobody's terminal, and stays one line", () => {
    const { log, lines } = logging();
    log.info({ branch: "a\u001B[2Jb\nc\u009B1m" }, "job \u001B]0;title\u0007 of\r\n\u0000 name");
    expect(lines.join("")).toMatch(/^[^\p{Cc}]*\n$/u);
  });

  test("has colours only where they are wanted", () => {
    const { log, lines } = logging({ colour: true });
    log.warn("careful");
    log.info("plain");
    expect(lines[0]).toContain("\u001B[33m");
    expect(lines[1]).toBe("plain\n");
  });
});

describe("secrets", () => {
  test.each(["runner", "text", "json"] as const)("don't reach a log of the format %s", (format) => {
    const { log, lines } = logging({ format });
    log.info(
      {
        token: "hidden-1",
        runner: { token: "hidden-2", name: "shown" },
        payload: { variables: "hidden-3" },
        password: "hidden-4",
      },
      "message",
    );
    expect(lines.join("")).not.toContain("hidden");
    expect(lines.join("")).toContain("shown");
  });
});

describe("the level", () => {
  test.each([
    ["debug", 5],
    ["info", 4],
    ["warning", 3],
    ["error", 2],
    ["fatal", 1],
    ["panic", 1],
  ])("%s lets %d of five lines through", (level, count) => {
    const { log, lines } = logging({ level });
    log.debug("1");
    log.info("2");
    log.warn("3");
    log.error("4");
    log.fatal("5");
    expect(lines).toHaveLength(count);
  });
});

test("json is one object a line", () => {
  const { log, lines } = logging({ format: "json" });
  log.info({ job: 1 }, "text\nwith a break");
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: 30, job: 1, msg: "text\nwith a break" });
});

describe("a secret that looks like a part of the line", () => {
  const piece = fc.constantFrom(
    '"level":30,',
    '"msg":"',
    '","',
    "}",
    "abcdef\\",
    "12345678",
    '":"',
    "secret",
    "time",
    '"',
  );

  test.each(["runner", "text", "json"] as const)("breaks no line, and is in none (%s)", (format) => {
    const secret = fc
      .array(piece, { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join(""))
      .filter((text) => text.length >= 6 && !"[REDACTED]".includes(text));
    fc.assert(
      fc.property(secret, (value) => {
        const secrets = new KnownSecrets();
        secrets.set("job 1", [value]);
        const { log, lines } = logging({ format, secrets });
        log.info({ job: 12345678, said: `it is ${value}.` }, `job said ${value}.`);
        expect(lines).toHaveLength(1);
        const line = lines[0] ?? "";
        if (format !== "json") expect(line).toContain("job said [REDACTED].");
        else expect(JSON.parse(line)).toMatchObject({ level: 30, job: 12345678, msg: "job said [REDACTED]." });
      }),
    );
  });
});
