import { describe, expect, it } from "vitest";
import { redirectStep } from "../../../src/coordinator/redirect.ts";

const post = {
  method: "POST",
  url: new URL("https://gitlab.example.com/api/v4/jobs/request"),
  headers: { "runner-token": "t", "job-token": "j", "private-token": "p", "content-type": "application/json" },
  hasBody: true,
};
const get = { ...post, method: "GET", hasBody: false };

describe("redirectStep", () => {
  it.each([307, 308])("repeats a POST after a %i on the same host with its tokens", (status) => {
    expect(redirectStep(post, status, "/other")).toEqual({
      kind: "follow",
      url: new URL("https://gitlab.example.com/other"),
      headers: post.headers,
    });
  });

  it.each([
    "https://elsewhere.example.com/x",
    "https://sub.gitlab.example.com/x",
    "//evil/x",
    "https://gitlab.example.com.evil/x",
  ])("sends no token to %s", (location) => {
    const step = redirectStep(get, 302, location);
    expect(step).toMatchObject({ kind: "follow", headers: { "content-type": "application/json" } });
    expect(Object.keys(step.kind === "follow" ? step.headers : {})).toEqual(["content-type"]);
  });

  it("sends no token from https to http on the same host", () => {
    const step = redirectStep(get, 302, "http://gitlab.example.com/x");
    expect(step).toMatchObject({ kind: "follow", headers: { "content-type": "application/json" } });
    expect(JSON.stringify(step)).not.toContain("token");
  });

  it("keeps the tokens from http to https on the same host", () => {
    const plain = { ...post, url: new URL("http://gitlab.example.com/x") };
    expect(redirectStep(plain, 308, "https://gitlab.example.com/x")).toMatchObject({ headers: post.headers });
  });

  it("refuses to send a body to another host, and names the address to use", () => {
    const step = redirectStep(post, 308, "https://new.example.com/api/v4/jobs/request");
    expect(step).toMatchObject({ kind: "refuse", hint: expect.stringContaining("https://new.example.com") as string });
  });

  it.each([
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/",
    "http://0xa9.254.169.254./",
    "http://[::ffff:169.254.169.254]/",
    "http://[fe80::1]/",
    "http://127.0.0.1:2375/containers/json",
    "http://[::1]/",
    "http://0.0.0.0/",
    "http://localhost:9252/metrics",
  ])("fetches nothing from %s, which only this machine can reach", (location) => {
    const from = { ...get, url: new URL("http://gitlab.example.com/api/v4/jobs/1/artifacts") };
    expect(redirectStep(from, 302, location)).toMatchObject({ kind: "refuse" });
  });

  it("follows to this machine from a coordinator that is on it", () => {
    const from = { ...get, url: new URL("http://127.0.0.1:8929/api/v4/jobs/1/artifacts") };
    expect(redirectStep(from, 302, "http://localhost:9000/bucket")).toMatchObject({ kind: "follow" });
  });

  it("refuses to send a body from https to http", () => {
    expect(redirectStep(post, 307, "http://gitlab.example.com/x")).toMatchObject({ kind: "refuse" });
  });

  it.each([301, 302, 303])("refuses to turn a POST into a GET after a %i and names the address to use", (status) => {
    const step = redirectStep(post, status, "https://new.example.com/api/v4/jobs/request");
    expect(step).toMatchObject({ kind: "refuse", hint: expect.stringContaining("https://new.example.com") as string });
  });

  it.each(["ftp://host/x", "javascript:alert(1)", "http://["])("refuses %s", (location) => {
    expect(redirectStep(get, 302, location)).toMatchObject({ kind: "refuse" });
  });
});
