import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import { AgentError } from "../../../src/support/errors.ts";
import { badSettings } from "./bad-config/settings.ts";
import { badSyntax } from "./bad-config/syntax.ts";
import { badTypes } from "./bad-config/types.ts";
import { badConnections, badValues } from "./bad-config/values.ts";

const surroundings = { env: {}, home: "/home/ci" };

const cases = [...badSyntax, ...badTypes, ...badValues, ...badConnections, ...badSettings];

function errorOf(toml: string): AgentError {
  try {
    for (const { error } of parseConfig(toml, "f", surroundings).faults) throw error;
  } catch (error) {
    if (error instanceof AgentError) return error;
    throw error;
  }
  throw new Error("the configuration was accepted");
}

describe("a configuration that can't be used", () => {
  it.each(cases)("names place, cause and fix for $name", ({ toml, code, at, says, fix }) => {
    const error = errorOf(toml);
    expect(error.message).toMatch(new RegExp(`^f:${at}: `));
    expect(error.message).toMatch(says);
    expect(error.hint).toMatch(fix);
    expect({ code: error.code, exitCode: error.exitCode }).toEqual({ code, exitCode: 2 });
  });

  it("shows the line of a syntax error with a caret under the place", () => {
    expect(errorOf("concurrent = 1\nlog_level = info\n").message.split("\n").slice(1)).toEqual([
      "2 | log_level = info",
      "                ^",
    ]);
  });

  it.each([
    ['token = "glrt-topsecret\n'],
    ["  token = glrt-topsecret\n"],
    ['[[runners]]\nenvironment = ["PASSWORD=topsecret" 1]\n'],
    ['[runners.cache.s3]\nSecretKey = "topsecret\n'],
    ['[[runners]]\ntoken = ["topsecret"]\n'],
    ["[[runners]]\n[runners.cache.s3]\nSecretKey = { topsecret = 1 }\n"],
    ['[[runners]]\nenvironment = "PASSWORD=topsecret"\n'],
    ['[[runners]]\nclone_url = "https://oauth2:topsecret@example.com\n'],
    ["[[runners]]\nclone_url = https://oauth2:topsecret@example.com\n"],
    ['runners = [{ name = "a", token = "topsecret" "b" }]\n'],
    ['[[runners]]\nenvironment = [\n  "PASSWORD=topsecret" 1\n]\n'],
    ['[[runners]]\npre_build_script = """\nlogin topsecret\n""" 1\n'],
    ['[[runners]]\ntokn = "glrt-topsecret\n'],
  ])("keeps secrets out of the message: %s", (toml) => {
    const error = errorOf(toml);
    expect(`${error.message} ${error.hint}`).not.toContain("topsecret");
  });

  it("names several problems at once, the first one's fix as the hint", () => {
    const error = errorOf('concurrent = "4"\nlog_level = 3\n');
    expect(error.message.split("\n")).toHaveLength(2);
    expect(error.hint).toContain("concurrent");
  });
});
