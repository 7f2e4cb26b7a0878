import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gitRemote } from "../../../src/script/git-auth.ts";
import { getSources, scene } from "./git-scene.ts";
import { shells, temporaryDirectory } from "./shells.ts";

/** As a server's login that is no mask of the job's. */
const password = "nobodys-business";
const server = {
  cloneUrl: "",
  serverUrl: "http://127.0.0.1:1/",
  token: "the-job-token",
  projectPath: "group/project",
  forceHttps: false,
  sshHost: "",
  sshPort: "",
};
const remote = gitRemote({ ...server, repoUrl: `http://somebody:${password}@127.0.0.1:1/group/project.git` });

describe.each(shells)("get_sources under CI_DEBUG_TRACE in $name", (shell) => {
  it("shows what git is called with, and the hooks' commands", () => {
    using root = temporaryDirectory();
    scene(root.path);
    const { code, stderr } = getSources(shell, root.path, {}, { xtrace: true, preHooks: ["a=1", 'test "$a" = 1'] });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^\++ test 1 = 1$/m);
    expect(stderr).toMatch(/^\++ git -c .*fetch origin/m);
    expect(stderr).toMatch(/^\++ git .*checkout -f -q/m);
  });

  it("shows neither logins nor the contents of file variables", () => {
    using root = temporaryDirectory();
    const { tempDir } = scene(root.path);
    const fileVariables = [{ key: "KEY", path: join(tempDir, "KEY"), content: "very-secret" }];
    // Nobody listens there: what matters is what was said until then.
    const { code, stderr } = getSources(shell, root.path, {}, { xtrace: true, remote, fileVariables });
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/^\++ git -c .*fetch origin/m);
    for (const secret of [password, "the-job-token", "very-secret"]) expect(stderr).not.toContain(secret);
  });

  it("shows no token that stands in place of a user's name", () => {
    using root = temporaryDirectory();
    scene(root.path);
    const repoUrl = `http://${password}@127.0.0.1:1/group/project.git`;
    const { stderr } = getSources(shell, root.path, {}, { xtrace: true, remote: gitRemote({ ...server, repoUrl }) });
    expect(stderr).toMatch(/^\++ git -c .*fetch origin/m);
    expect(stderr).not.toContain(password);
  });

  it("says no such thing without it", () => {
    using root = temporaryDirectory();
    scene(root.path);
    expect(getSources(shell, root.path).stderr).not.toMatch(/^\+/m);
  });
});
