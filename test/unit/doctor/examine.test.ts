import { afterEach, describe, expect, it, vi } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import { examine } from "../../../src/doctor/doctor.ts";
import { systemClock } from "../../../src/support/clock.ts";

type Options = Parameters<typeof examine>[0];

describe("an examination whose time is over", () => {
  afterEach(() => vi.restoreAllMocks());

  it("names each entry that it did not come to, and how to examine it alone", async () => {
    vi.spyOn(AbortSignal, "timeout").mockImplementation(() => AbortSignal.abort(new Error("late")));
    const entryOf = (name: string) =>
      `[[runners]]\nname = "${name}"\nurl = "https://gitlab.test"\ntoken = "t"\nexecutor = "docker"\n`;
    const names = ["one", "two", "three", "four"];
    const { config } = parseConfig(names.map(entryOf).join(""), "config.toml", { env: {}, home: "/home/a" });
    const options = { config, statePath: "/nowhere", agentId: "a", boot: "doctor-1", clock: systemClock };
    const { entries } = await examine(options as unknown as Options, config.runners, new AbortController().signal);
    expect(entries.map(({ runner, checks }) => [runner.name, ...checks])).toEqual(
      names.map((name) => [
        name,
        {
          name: "entry",
          verdict: "skip",
          finding: "not examined in time",
          fix: `longshore doctor --runner "${name}"`,
          seconds: 0,
        },
      ]),
    );
  });
});
