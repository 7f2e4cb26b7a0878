import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gitConfigText } from "../../../src/script/git-config-text.ts";
import { gitLogins, loginEntries, plainRewrites } from "../../../src/script/git-logins.ts";
import { temporaryDirectory } from "./shells.ts";

const rewrites = [
  { from: "https://a.test/group/p.git", to: "https://gitlab-ci-token:t%26%24%27o@a.test/group/p.git" },
  { from: "https://a.test/", to: "https://gitlab-ci-token:other@a.test/" },
  { from: "git@b.test:", to: "https://gitlab-ci-token:of-b@b.test:8443/" },
  { from: "ssh://git@c.test/", to: "ssh://git@d.test/" },
];

/** What git answers when it is asked for a login. */
function asked(question: string): { readonly code: number | null; readonly login: string } {
  using directory = temporaryDirectory();
  const logins = gitLogins(rewrites, directory.path);
  for (const { file, text } of logins) writeFileSync(file, text);
  const config = join(directory.path, "config");
  writeFileSync(config, gitConfigText(logins.flatMap(loginEntries)));
  // Of the image or a hook: it would keep every token that worked.
  const stored = ["-c", "credential.helper=!echo password=stored #"];
  const { status, stdout } = spawnSync("git", [...stored, "-c", `include.path=${config}`, "credential", "fill"], {
    input: question,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: directory.path, GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_NOSYSTEM: "1" },
  });
  const field = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(stdout)?.[1] ?? "";
  return { code: status, login: `${field("username")}:${field("password")}` };
}

describe("git's logins", () => {
  it("answer for each server with the first login that there is, whatever characters it has", () => {
    expect(asked("url=https://a.test/group/p.git\n\n")).toEqual({ code: 0, login: "gitlab-ci-token:t&$'o" });
    expect(asked("url=https://a.test/another/q.git\n\n")).toEqual({ code: 0, login: "gitlab-ci-token:t&$'o" });
    expect(asked("url=https://b.test:8443/x\n\n")).toEqual({ code: 0, login: "gitlab-ci-token:of-b" });
  });

  it("leave another user's password, and another port of the host, to whoever else knows it", () => {
    expect(asked("url=https://deploy@a.test/x\n\n").login).not.toContain("t&$'o");
    expect(asked("url=https://b.test/x\nusername=u\n\n").login).toBe("u:stored");
  });

  it("leave no password in a URL, and no rewrite that would do nothing", () => {
    expect(plainRewrites(rewrites).map(({ subsection, value }) => [value, subsection])).toEqual([
      ["git@b.test:", "https://b.test:8443/"],
      ["ssh://git@c.test/", "ssh://git@d.test/"],
    ]);
  });

  it("begin no field of their own by a line break in a password", () => {
    const [login] = gitLogins([{ from: "", to: "https://u:a%0Aurl=https%3A%2F%2Fx@a.test/" }], "/t");
    expect(login?.text).toBe("username=u\npassword=aurl=https://x\n");
  });
});
