import { describe, expect, it } from "vitest";
import { lastOutput } from "../../../../src/explain/lines.ts";
import { explained, onSocket } from "./first-finding.ts";

const refusal = "Error response from daemon: all predefined address pools have been fully subnetted";

describe("what the last command printed", () => {
  it("begins after its echo", () => {
    expect(lastOutput(["$ one", "a", "", "$ two", "b", " ", "c"])).toEqual(["b", "c"]);
    expect(lastOutput(["a"])).toEqual(["a"]);
  });

  it("may have overtaken its echo", () => {
    expect(lastOutput(["$ one", "a", "$ two"])).toEqual(["a"]);
    expect(explained(["$ echo one", refusal, "$ docker network create two"], onSocket)?.rule).toBe("no-address-pool");
  });

  it.each(["one || true", "one; true", "one | tee log", "set +e", "one # collapsed multi-line command"])(
    "is nothing where the words may be those of: %s",
    (command) => {
      expect(lastOutput([`$ ${command}`, "a", "$ exit 1"])).toEqual([]);
      expect(lastOutput([`$ ${command}`, "a", "$ docker build .", "b"])).toEqual(["b"]);
    },
  );
});

describe("a refusal", () => {
  const more = Array.from({ length: 20 }, (_, at) => `line ${at}`);

  it("of docker's own command may be followed by more", () => {
    expect(explained(["$ docker compose up", refusal, ...more], onSocket)?.rule).toBe("no-address-pool");
  });

  it.each(["$ make up", "$ docker compose up || true; make test", "$ docker-like up"])(
    "is at the end of what ended with it: %s",
    (command) => {
      expect(explained([command, ...more, refusal, "make: *** [Makefile:3: up] Error 1"], onSocket)?.rule).toBe(
        "no-address-pool",
      );
      expect(explained([command, refusal, ...more], onSocket)).toBeUndefined();
    },
  );

  it.each([`E   ${refusal}`, `- ${refusal}`, `not ok 3 ${refusal}`, `FAILED tests/a.py::b - ${refusal}`])(
    "is nobody's in the report of a test: %s",
    (line) => {
      expect(explained(["$ docker run test", line], onSocket)).toBeUndefined();
    },
  );
});

describe("a long line", () => {
  it("is shown from a little before the words", () => {
    const found = explained(`${"x".repeat(300)} ${refusal}`, onSocket);
    expect(found?.seen).toMatch(/^…x+ Error response from daemon: all predefined/);
  });
});
