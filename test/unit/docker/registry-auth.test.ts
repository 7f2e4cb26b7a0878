import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CredentialSource, credentialsFor, readDockerAuths } from "../../../src/docker/registry-auth.ts";

const login = (username: string) => ({ username, password: `password of ${username}` });
const source = (name: string, ...registries: string[]): CredentialSource => ({
  name,
  entries: Object.fromEntries(registries.map((registry) => [registry, login(registry)])),
});
const chosen = (repository: string, ...sources: CredentialSource[]) => {
  const found = credentialsFor(repository, sources);
  return found === null ? null : `${found.source} ${found.credentials.serveraddress}`;
};

describe("credentials for an image", () => {
  test.each([
    ["registry.test/app", "registry.test", true],
    ["registry.test:5000/app", "registry.test:5000", true],
    ["registry.test:5000/app", "registry.test", false],
    ["registry.test/app", "registry.test:5000", false],
    ["registry.test/group/app", "registry.test/group", true],
    ["registry.test/group/app", "registry.test/group/app", true],
    ["registry.test/group-two/app", "registry.test/group", false],
    ["registry.test.evil.test/app", "registry.test", false],
    ["registry.test/app", "https://registry.test", true],
    ["registry.test/app", "https://registry.test/v2/", true],
    ["registry.test/app", "http://registry.test/whatever", true],
    ["registry.test/app", "registry.test/", true],
    ["Registry.TEST/app", "registry.test", true],
    ["registry.test/app", "HTTPS://REGISTRY.test", true],
    ["debian", "docker.io", true],
    ["debian", "https://index.docker.io/v1/", true],
    ["user/app", "index.docker.io", true],
    ["docker.io/library/debian", "https://index.docker.io/v1/", true],
    ["index.docker.io/user/app", "docker.io", true],
    ["docker.io/user/app", "docker.io/user", true],
    ["localhost/app", "localhost", true],
    ["localhost/app", "docker.io", false],
    ["registry.test/app", "docker.io", false],
  ])("%s with a login to %s: %j", (repository, registry, expected) => {
    expect(chosen(repository, source("one", registry)) !== null).toBe(expected);
  });

  test("are those of the longest path, whichever source has it", () => {
    const first = source("first", "registry.test", "other.test");
    const second = source("second", "registry.test/group", "registry.test");
    expect(chosen("registry.test/group/app", first, second)).toBe("second registry.test/group");
    expect(chosen("registry.test/app", first, second)).toBe("first registry.test");
  });

  test("of one path are the first source's", () => {
    expect(
      chosen("registry.test/app", source("first", "https://registry.test"), source("second", "registry.test")),
    ).toBe("first https://registry.test");
  });

  test("never have a shorter path than another that fits", () => {
    const segment = fc.constantFrom("a", "b", "c");
    const path = fc.array(segment, { maxLength: 4 }).map((list) => ["registry.test", ...list].join("/"));
    fc.assert(
      fc.property(path, fc.array(fc.array(path)), (group, lists) => {
        const repository = `${group}/app`;
        const sources = lists.map((registries, index) => source(String(index), ...registries));
        const fitting = lists
          .flat()
          .filter((registry) => repository === registry || repository.startsWith(`${registry}/`));
        const found = credentialsFor(repository, sources);
        if (fitting.length === 0) expect(found).toBeNull();
        else
          expect(found?.credentials.serveraddress.length).toBe(Math.max(...fitting.map((registry) => registry.length)));
      }),
    );
  });
});

describe("a Docker config.json", () => {
  const auth = (text: string) => Buffer.from(text).toString("base64");
  const read = (auths: unknown) => readDockerAuths(JSON.stringify({ auths }));

  test("gives its logins, however they are written", () => {
    expect(
      read({
        "a.test": { auth: auth("user:pass:word") },
        "b.test": { username: "user", password: "password" },
        "c.test": { auth: auth("user:padded\0\0") },
        "d.test": { auth: auth("00000000-0000-0000-0000-000000000000:"), identitytoken: "token" },
      }),
    ).toEqual({
      "a.test": { username: "user", password: "pass:word" },
      "b.test": { username: "user", password: "password" },
      "c.test": { username: "user", password: "padded" },
      "d.test": { username: "00000000-0000-0000-0000-000000000000", password: "", identitytoken: "token" },
    });
  });

  test.each([
    null,
    {},
    5,
    "text",
    [],
    { auth: 5 },
    { auth: auth("no colon") },
    { auth: "%%%" },
    { username: "", password: "" },
  ])("has no login in the entry %j, and the others still count", (entry) => {
    expect(read({ "bad.test": entry, "good.test": { auth: auth("u:p") } })).toEqual({
      "good.test": { username: "u", password: "p" },
    });
  });

  test("is read in no time, whatever runs of one character it has", () => {
    const padded = `user:${"\0".repeat(300_000)}x`;
    const registry = `${"/".repeat(300_000)}x`;
    const entries = read({ "a.test": { auth: auth(padded) }, [registry]: { auth: auth("u:p") } });
    expect(entries?.["a.test"]).toEqual({ username: "user", password: "x" });
    expect(credentialsFor("a.test/app", [{ name: "job", entries: entries ?? {} }])?.credentials.password).toBe("x");
  });

  test.each(["", "not JSON", "null", "[]", "5", '"text"'])("%j is none", (text) => {
    expect(readDockerAuths(text)).toBeNull();
  });

  test.each(["{}", '{"auths":null}', '{"auths":[]}', '{"auths":{}}', '{"credsStore":"desktop"}'])(
    "%s has no logins",
    (text) => {
      expect(readDockerAuths(text)).toEqual({});
    },
  );

  test("is read or refused, whatever a job puts into it", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.jsonValue().map((auths) => JSON.stringify({ auths })),
          fc.string(),
        ),
        (text) => {
          const entries = readDockerAuths(text);
          for (const entry of Object.values(entries ?? {})) expect(typeof entry.password).toBe("string");
        },
      ),
    );
  });
});
