import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import { requireUsableRunner } from "../../../src/config/usable.ts";

const entry = (executor: string, token = "t") =>
  `[[runners]]\nname = "${executor}"\nurl = "https://ci.test"\ntoken = "${token}"\nexecutor = "${executor}"\n`;
const check = (toml: string) => requireUsableRunner(parseConfig(toml, "f", { env: {}, home: "/" }).config, "f");

describe("requireUsableRunner", () => {
  it("accepts a file in which one entry can be used, or that has none yet", () => {
    expect(() => check(entry("shell") + entry("docker"))).not.toThrow();
    expect(() => check("concurrent = 2\n")).not.toThrow();
    expect(() => check(`${entry("docker")}shell = "pwsh"\n${entry("docker")}shell = "sh"\n`)).not.toThrow();
    expect(() => check(`${entry("docker")}shell = ""\n`)).not.toThrow();
  });

  it.each([
    [entry("shell"), /runners\[0\] \("shell"\) has the executor "shell"/],
    [entry("docker", ""), /has no token/],
    ...["pwsh", "powershell", "cmd", "zsh"].map((shell): [string, RegExp] => [
      `${entry("docker")}shell = "${shell}"\n`,
      new RegExp(`^f: no runner can take jobs: .* has the shell "${shell}"; Longshore runs scripts in bash or sh only`),
    ]),
  ])("refuses a file whose entries all can't, and says why: %s", (toml, why) => {
    expect(() => check(toml)).toThrow(why);
    expect(() => check(toml)).toThrow(expect.objectContaining({ code: "CONFIG_NO_RUNNER", exitCode: 2 }));
  });
});
