import { describe, expect, it } from "vitest";
import { apiBase, pathPattern, shownUrl } from "../../../src/coordinator/url.ts";

describe("apiBase", () => {
  it.each([
    ["https://gitlab.example.com", "https://gitlab.example.com/api/v4/"],
    ["https://gitlab.example.com///", "https://gitlab.example.com/api/v4/"],
    ["https://gitlab.example.com/ci", "https://gitlab.example.com/api/v4/"],
    ["https://gitlab.example.com/ci/", "https://gitlab.example.com/api/v4/"],
    ["https://host/gitlab", "https://host/gitlab/api/v4/"],
    ["https://host/gitlab/ci", "https://host/gitlab/api/v4/"],
    ["https://host/cici", "https://host/cici/api/v4/"],
    ["http://host:8080/?a=b#c", "http://host:8080/api/v4/"],
    [" http://[::1]:80/ ", "http://[::1]/api/v4/"],
  ])("makes %s into %s", (configured, expected) => {
    const base = apiBase(configured);
    expect(base.ok && base.url.href).toBe(expected);
  });

  it.each(["", "gitlab.example.com", "ftp://gitlab.example.com", "file:///etc/passwd", "localhost:3000"])(
    "has a problem with %j",
    (configured) => {
      expect(apiBase(configured)).toMatchObject({ ok: false });
    },
  );

  it("resolves an endpoint below a sub-path", () => {
    const base = apiBase("https://host/gitlab/");
    expect(base.ok && new URL("jobs/request", base.url).href).toBe("https://host/gitlab/api/v4/jobs/request");
  });
});

it("shows a URL without password, query and fragment", () => {
  expect(shownUrl(new URL("https://user:secret@host:1/a/b?X-Amz-Signature=s#f"))).toBe("https://host:1/a/b");
});

it("puts {id} for every numeric segment of a path and leaves version segments alone", () => {
  expect(pathPattern("/api/v4/jobs/123/trace")).toBe("/api/v4/jobs/{id}/trace");
  expect(pathPattern("/1/2/3a/4")).toBe("/{id}/{id}/3a/{id}");
});
