import { describe, expect, test } from "vitest";
import { debugSettings } from "../../../src/job/debug-settings.ts";

function settings(variables: Readonly<Record<string, string>>, isDisabled = false) {
  return debugSettings({ get: (name) => variables[name] ?? "" }, isDisabled);
}

describe("CI_DEBUG_TRACE and CI_DEBUG_SERVICES", () => {
  test("are off unless they are asked for", () => {
    expect(settings({})).toEqual({ trace: false, services: false, warnings: [] });
    expect(settings({ CI_DEBUG_TRACE: "0", CI_DEBUG_SERVICES: "F" })).toEqual(settings({}));
  });

  test.each(["1", "t", "TRUE", "true"])("are on by %j", (value) => {
    expect(settings({ CI_DEBUG_TRACE: value })).toEqual({ trace: true, services: false, warnings: [] });
    expect(settings({ CI_DEBUG_SERVICES: value })).toEqual({ trace: false, services: true, warnings: [] });
  });

  test("are off, with a warning, by what is no boolean", () => {
    expect(settings({ CI_DEBUG_SERVICES: "blammo", CI_DEBUG_TRACE: "yes" })).toEqual({
      trace: false,
      services: false,
      warnings: ['CI_DEBUG_SERVICES: expected bool got "blammo", using default value: false'],
    });
  });

  test("are off, with a warning each, where the admin forbids them", () => {
    expect(settings({ CI_DEBUG_SERVICES: "true", CI_DEBUG_TRACE: "true" }, true)).toEqual({
      trace: false,
      services: false,
      warnings: [
        "CI_DEBUG_TRACE: usage is disabled on this Runner",
        "CI_DEBUG_SERVICES: usage is disabled on this Runner",
      ],
    });
    expect(settings({}, true).warnings).toEqual([]);
  });
});
