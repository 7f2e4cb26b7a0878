import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseImage, serviceAliases, splitAliases } from "../../../src/job/image.ts";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

describe("an image reference", () => {
  test.each([
    ["debian", "debian:latest", "debian", "debian", "latest"],
    ["debian:bookworm-slim", "debian:bookworm-slim", "debian", "debian", "bookworm-slim"],
    ["library/ruby:3.3", "library/ruby:3.3", "library/ruby", "library/ruby", "3.3"],
    ["tutum/wordpress", "tutum/wordpress:latest", "tutum/wordpress", "tutum/wordpress", "latest"],
    [
      "docker.io/library/nginx:1",
      "docker.io/library/nginx:1",
      "docker.io/library/nginx",
      "docker.io/library/nginx",
      "1",
    ],
    ["localhost:5000/app", "localhost:5000/app:latest", "localhost/app", "localhost:5000/app", "latest"],
    [
      "registry.example.com:443/a/b/c:1.0",
      "registry.example.com:443/a/b/c:1.0",
      "registry.example.com/a/b/c",
      "registry.example.com:443/a/b/c",
      "1.0",
    ],
    [
      "REGISTRY.Example.com/app",
      "REGISTRY.Example.com/app:latest",
      "REGISTRY.Example.com/app",
      "REGISTRY.Example.com/app",
      "latest",
    ],
    ["[2001:db8::1]:5000/app:1", "[2001:db8::1]:5000/app:1", "[2001:db8::1]/app", "[2001:db8::1]:5000/app", "1"],
    ["a__b/c-d--e.f:_x", "a__b/c-d--e.f:_x", "a__b/c-d--e.f", "a__b/c-d--e.f", "_x"],
    [`ruby@${digest}`, `ruby@${digest}`, "ruby", "ruby", `@${digest}`],
    [`reg:5000/ruby:3@${digest}`, `reg:5000/ruby:3@${digest}`, "reg/ruby", "reg:5000/ruby", "3"],
    [
      "mcr.microsoft.com/dotnet/sdk:8.0-alpine3.19",
      "mcr.microsoft.com/dotnet/sdk:8.0-alpine3.19",
      "mcr.microsoft.com/dotnet/sdk",
      "mcr.microsoft.com/dotnet/sdk",
      "8.0-alpine3.19",
    ],
    [
      "public.ecr.aws/docker/library/node:22",
      "public.ecr.aws/docker/library/node:22",
      "public.ecr.aws/docker/library/node",
      "public.ecr.aws/docker/library/node",
      "22",
    ],
  ])("%j is read", (text, full, service, repository, version) => {
    expect(parseImage(text)).toEqual({ full, service, repository, version });
  });

  test.each([digest, digest.slice(7)])("that is an image's id stays as it is", (id) => {
    expect(parseImage(id)?.full).toBe(id);
  });

  test.each([
    "",
    ":latest",
    "Debian",
    "a/B",
    "a:b:c",
    "a@sha256:abc",
    "-a",
    "a-",
    "a..b",
    "a___b",
    "a/",
    "/a",
    "a//b",
    "https://example.com/app",
    "a b",
    "a\n",
    " a",
    "a:",
    `a:${"x".repeat(129)}`,
    "a:-x",
    "$IMAGE",
    "../a",
    "a@",
    "registry.example.com:port/a",
  ])("%j is none", (text) => {
    expect(parseImage(text)).toBeNull();
  });

  test("never throws, and what is asked of the daemon always has a tag, a digest or is an id", () => {
    const part = fc.constantFrom("a", "b.c", ":", "/", "@", "5000", "sha256", "-", "_", digest, "A", "[", "::1", "]");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(part).map((list) => list.join("")),
        ),
        (text) => {
          const image = parseImage(text);
          if (image === null) return;
          expect(image.full.startsWith(text)).toBe(true);
          expect(/[:@][^/]+$/.test(image.full) || /^[0-9a-f]{64}$/.test(image.full)).toBe(true);
          expect(parseImage(image.full)?.full).toBe(image.full);
        },
      ),
    );
  });
});

describe("the names of a service", () => {
  const aliasesOf = (text: string) =>
    serviceAliases(parseImage(text) ?? { full: "", service: "?", repository: "", version: "" });

  test.each([
    ["postgres:16", ["postgres"]],
    ["tutum/wordpress", ["tutum__wordpress", "tutum-wordpress"]],
    ["registry.example.com:5000/group/app:1", ["registry.example.com__group__app", "registry.example.com-group-app"]],
    [`tutum/wordpress@${digest}`, ["tutum__wordpress", "tutum-wordpress"]],
  ])("of %j are %j", (text, expected) => {
    expect(aliasesOf(text)).toEqual(expected);
  });

  test.each([
    ["db", ["db"]],
    ["db,postgres primary", ["db", "postgres", "primary"]],
    [" , db ,, ", ["db"]],
    ["", []],
  ])("that %j adds are %j", (text, expected) => {
    expect(splitAliases(text)).toEqual(expected);
  });
});
