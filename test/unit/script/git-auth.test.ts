import { describe, expect, it } from "vitest";
import { gitRemote, type GitRemoteOptions } from "../../../src/script/git-auth.ts";

const OPTIONS: GitRemoteOptions = {
  repoUrl: "https://gitlab-ci-token:TOKEN@gitlab.example.com/group/project.git",
  cloneUrl: "",
  serverUrl: "https://gitlab.example.com",
  token: "TOKEN",
  projectPath: "group/project",
  forceHttps: false,
  sshHost: "",
  sshPort: "",
};

const AUTHENTICATED = "https://gitlab-ci-token:TOKEN@gitlab.example.com/";

describe("the git remote", () => {
  it("has a URL without credentials, and rewrites for the server that end in a slash", () => {
    expect(gitRemote(OPTIONS)).toEqual({
      url: "https://gitlab.example.com/group/project.git",
      rewrites: [
        { from: "https://gitlab.example.com/group/project.git", to: `${AUTHENTICATED}group/project.git` },
        { from: "https://gitlab.example.com/", to: AUTHENTICATED },
      ],
    });
  });

  it("follows clone_url, and still authenticates against the coordinator's host", () => {
    const { url, rewrites } = gitRemote({ ...OPTIONS, cloneUrl: "http://10.0.0.1:8080/gitlab/" });
    expect(url).toBe("http://10.0.0.1:8080/gitlab/group/project.git");
    expect(rewrites).toContainEqual({
      from: url,
      to: "http://gitlab-ci-token:TOKEN@10.0.0.1:8080/gitlab/group/project.git",
    });
    expect(rewrites).toContainEqual({
      from: "http://10.0.0.1:8080/gitlab/",
      to: "http://gitlab-ci-token:TOKEN@10.0.0.1:8080/gitlab/",
    });
    expect(rewrites).toContainEqual({ from: "https://gitlab.example.com/", to: AUTHENTICATED });
  });

  it("clones over ssh as git, without the token", () => {
    expect(gitRemote({ ...OPTIONS, cloneUrl: "ssh://gitlab.example.com" })).toEqual({
      url: "ssh://git@gitlab.example.com/group/project.git",
      rewrites: [],
    });
  });

  it("turns ssh URLs of submodules into HTTPS ones when asked to", () => {
    const forced = { ...OPTIONS, forceHttps: true };
    const from = (options: GitRemoteOptions) =>
      gitRemote(options)
        .rewrites.filter(({ to }) => to === AUTHENTICATED)
        .map((rewrite) => rewrite.from);
    expect(from(forced)).toEqual([
      "https://gitlab.example.com/",
      "git@gitlab.example.com:",
      "ssh://git@gitlab.example.com/",
    ]);
    expect(from({ ...forced, sshHost: "ssh.example.com", sshPort: "2222" })).toEqual([
      "https://gitlab.example.com/",
      "ssh://git@ssh.example.com:2222/",
    ]);
  });

  it("takes a path or a file URL as it is", () => {
    const nothing = { cloneUrl: "", serverUrl: "", token: "" };
    expect(gitRemote({ ...OPTIONS, ...nothing, repoUrl: "/srv/repo.git" })).toEqual({
      url: "/srv/repo.git",
      rewrites: [],
    });
    expect(gitRemote({ ...OPTIONS, ...nothing, repoUrl: "file:///srv/repo.git" })).toEqual({
      url: "file:///srv/repo.git",
      rewrites: [],
    });
  });
});
