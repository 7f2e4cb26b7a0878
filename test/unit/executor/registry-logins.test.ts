import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from "vitest";
import type { JobPayload } from "../../../src/coordinator/job-payload.ts";
import { findLogin } from "../../../src/docker/find-login.ts";
import { registryLogins } from "../../../src/executor/registry-logins.ts";
import { credentialHelpers } from "../../support/credential-helper.ts";

const payload = {
  credentials: [{ type: "registry", url: "registry.test", username: "of the payload", password: "p" }],
} as unknown as JobPayload;
const signal = new AbortController().signal;
const auth = (user: string) => Buffer.from(`${user}:password`).toString("base64");
const auths = (...registries: string[]) => Object.fromEntries(registries.map((name) => [name, { auth: auth(name) }]));

let helpers: AsyncDisposable;
let home: string;
const warnings: string[] = [];
const warn = async (text: string) => {
  warnings.push(text);
};

beforeAll(async () => {
  const answer = (user: string) => `echo '{"Username":"${user}","Secret":"s"}'`;
  const unknown = 'echo "credentials not found in native keychain"; exit 1';
  helpers = await credentialHelpers({
    store: `case $1 in list) echo '{"https://kept.test/v2/":"u"}' ;; get) ${answer("of the store")} ;; esac`,
    one: answer("of one"),
    empty: unknown,
    broken: "echo very-secret-value; exit 3",
  });
});
afterAll(() => helpers[Symbol.asyncDispose]());
beforeEach(async () => {
  warnings.length = 0;
  home = await mkdtemp(join(tmpdir(), "longshore-test-home-"));
  await mkdir(join(home, ".docker"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const keep = (file: string, config: object) => writeFile(join(home, file), JSON.stringify(config));
const loginOf = async (repository: string, variable: object | string = "") => {
  const text = typeof variable === "string" ? variable : JSON.stringify(variable);
  const sources = await registryLogins(payload, text, home, warn, signal);
  const found = await findLogin(repository, sources, warn, signal);
  return found === null ? null : `${found.credentials.username} from ${found.source.replace(home, "~")}`;
};

describe("the login for a registry", () => {
  it("comes from DOCKER_AUTH_CONFIG, else the agent's user's file, else the payload", async () => {
    expect(await loginOf("registry.test/app")).toBe("of the payload from job payload (GitLab Registry)");
    await keep(".docker/config.json", { auths: auths("registry.test") });
    expect(await loginOf("registry.test/app")).toBe("registry.test from ~/.docker/config.json");
    const variable = { auths: auths("registry.test") };
    expect(await loginOf("registry.test/app", variable)).toBe("registry.test from $DOCKER_AUTH_CONFIG");
  });

  it("comes from a .dockercfg where there is no config.json, in either of its forms", async () => {
    await keep(".dockercfg", auths("old.test"));
    expect(await loginOf("old.test/app")).toBe("old.test from ~/.dockercfg");
    await keep(".dockercfg", { auths: auths("old.test") });
    expect(await loginOf("old.test/app")).toBe("old.test from ~/.dockercfg");
    await keep(".docker/config.json", { auths: {} });
    expect(await loginOf("old.test/app")).toBeNull();
  });

  it("is asked of credHelpers, before what stands in auths for the same registry", async () => {
    await keep(".docker/config.json", { auths: auths("a.test", "b.test"), credHelpers: { "a.test": "one" } });
    expect(await loginOf("a.test/app")).toBe("of one from ~/.docker/config.json");
    expect(await loginOf("b.test/app")).toBe("b.test from ~/.docker/config.json");
  });

  it("is asked of credsStore for the registries that it lists", async () => {
    await keep(".docker/config.json", { auths: auths("other.test"), credsStore: "store" });
    expect(await loginOf("kept.test/app")).toBe("of the store from ~/.docker/config.json");
    expect(await loginOf("other.test/app")).toBe("other.test from ~/.docker/config.json");
    expect(await loginOf("nobody.test/app")).toBeNull();
  });

  it("is asked of the helpers of DOCKER_AUTH_CONFIG, too", async () => {
    const variable = { credHelpers: { "registry.test": "one" } };
    expect(await loginOf("registry.test/app", variable)).toBe("of one from $DOCKER_AUTH_CONFIG");
  });

  it("of a helper that has none is the next best", async () => {
    const variable = { auths: auths("registry.test"), credHelpers: { "registry.test": "empty" } };
    expect(await loginOf("registry.test/app", variable)).toBe("registry.test from $DOCKER_AUTH_CONFIG");
    expect(warnings).toEqual([]);
  });

  it("of a helper that fails is the next best, with a warning that holds nothing of its output", async () => {
    const variable = { credHelpers: { "registry.test": "broken", "other.test": "broken" } };
    expect(await loginOf("registry.test/app", variable)).toBe("of the payload from job payload (GitLab Registry)");
    expect(warnings).toEqual([
      "Failed to resolve credentials for registry.test from $DOCKER_AUTH_CONFIG: docker-credential-broken failed with exit code 3",
    ]);
  });

  it("is not looked for in what is no JSON, which is warned of", async () => {
    await writeFile(join(home, ".docker/config.json"), "{");
    expect(await loginOf("registry.test/app", "[")).toBe("of the payload from job payload (GitLab Registry)");
    expect(warnings.map((text) => text.replace(home, "~"))).toEqual(
      ["$DOCKER_AUTH_CONFIG", "~/.docker/config.json"].map(
        (source) =>
          `Failed to resolve credentials from ${source}: it is not valid JSON. Credentials from this source will not be used.`,
      ),
    );
  });

  it("is not looked for in a credsStore that fails, which is warned of", async () => {
    expect(await loginOf("registry.test/app", { credsStore: "broken" })).toContain("of the payload");
    expect(warnings).toMatchObject([expect.stringMatching(/credsStore of \$DOCKER_AUTH_CONFIG: .* exit code 3\./)]);
  });
});

test.each([{ credsStore: "../evil" }, { credHelpers: { "a.test": "/bin/evil" } }])(
  "a helper that is named by a path ends the job: %j",
  async (config) => {
    const refused = { code: "CREDENTIAL_HELPER", reason: "runner_configuration_error", audience: "author" };
    await expect(loginOf("registry.test/app", config)).rejects.toMatchObject(refused);
    await keep(".docker/config.json", config);
    await expect(loginOf("registry.test/app")).rejects.toMatchObject({ ...refused, audience: "admin" });
  },
);
