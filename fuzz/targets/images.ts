import * as fc from "fast-check";
import { credentialsFor, readDockerAuths } from "../../src/docker/registry-auth.ts";
import { parseImage, serviceAliases, splitAliases } from "../../src/job/image.ts";
import { matchesAny } from "../../src/job/policy.ts";
import { hold, holdEqual, unlessRefused } from "../hold.ts";
import type { FuzzTarget } from "../target.ts";
import { hostileText } from "../texts.ts";

const words = [
  "a",
  "app",
  "docker.io",
  "registry.test:5000",
  "localhost",
  "[::1]:80",
  "/",
  ":",
  "latest",
  "@sha256:",
  "0123456789abcdef".repeat(4),
  "-",
  "--",
  "_",
  "__",
  "___",
  ".",
  "A",
  "*",
  "**",
];

/** Image references, and the names and patterns that go with them. */
export const images: FuzzTarget<string> = {
  name: "images",
  share: 70,
  arbitrary: hostileText(words),
  check(text) {
    splitAliases(text).forEach((alias) => hold(alias !== "" && !/[\s,]/.test(alias), "an alias is one word"));
    const image = parseImage(text);
    if (image === null) return;
    holdEqual(parseImage(image.full)?.full, image.full, "a whole reference stays as it is");
    hold(image.full.startsWith(image.repository), "a reference begins with its repository");
    hold(!/\s/.test(image.full), "no white space is in a reference");
    for (const alias of serviceAliases(image)) hold(!alias.includes("/"), "an alias is no path");
    unlessRefused(["GLOB"], () => matchesAny(image.full, [text]));
  },
};

const registry = fc.oneof(
  fc.constantFrom("registry.test", "https://index.docker.io/v1/", "registry.test/a/", "__proto__"),
  hostileText([...words, "https://", "//"], { longest: 100_000, pieces: 5 }),
);
const login = fc.oneof(
  fc.record({
    auth: hostileText(["user", ":", "\0", "pw"], { longest: 200_000, pieces: 5 }).map((text) =>
      Buffer.from(text).toString("base64"),
    ),
  }),
  fc.record({
    username: hostileText(["u"], { pieces: 2 }),
    password: hostileText(["p"], { pieces: 2 }),
    identitytoken: fc.constantFrom("", "t"),
  }),
  fc.jsonValue({ maxDepth: 2 }),
);

/** A Docker config.json that a job brings, and which of its logins an image gets. */
export const registryAuth: FuzzTarget<{ readonly text: string; readonly repository: string }> = {
  name: "registry-auth",
  share: 50,
  arbitrary: fc.record({
    text: fc.oneof(
      {
        weight: 5,
        arbitrary: fc
          .dictionary(registry, login, { maxKeys: 4, noNullPrototype: true })
          .map((auths) => JSON.stringify({ auths })),
      },
      { weight: 1, arbitrary: hostileText(["{", "}", '"auths"', ":", "{}", "[", "]", "null", '"a"', ","]) },
    ),
    repository: hostileText(words, { pieces: 5 }),
  }),
  check({ text, repository }) {
    const entries = readDockerAuths(text);
    if (entries === null) return;
    for (const { username, password } of Object.values(entries)) {
      hold(typeof username === "string" && typeof password === "string", "a login is text");
    }
    const found = credentialsFor(repository, [{ name: "job", entries }]);
    if (found !== null) hold(Object.hasOwn(entries, found.credentials.serveraddress), "a login is one of those given");
  },
};
