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
