import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { credentialHelpers } from "../../support/credential-helper.ts";
import { connectEngine, images } from "../../support/engine.ts";
import { startRegistry, type TestRegistry } from "../../support/registry.ts";
import { sharedAgent } from "../../support/shared-agent.ts";

const { agent } = sharedAgent({ runners: [{ pullPolicy: 'pull_policy = "always"' }] });
const password = "very-secret-value";
const engine = connectEngine();
const cleanup = new AsyncDisposableStack();
let registry: TestRegistry;

beforeAll(async () => {
  registry = cleanup.use(await startRegistry(engine, (user, given) => user === "agent" && given === password));
  await registry.push(images.tiny, "group/app:1");
  const answer = `{"Username":"agent","Secret":"${password}"}`;
  const list = `{"${registry.local}":"agent"}`;
  cleanup.use(
    await credentialHelpers({ "longshore-store": `case $1 in list) echo '${list}' ;; get) echo '${answer}' ;; esac` }),
  );
});
afterAll(async () => {
  await engine.getImage(`${registry.local}/group/app:1`).remove({ force: true });
  await cleanup.disposeAsync();
});

const auths = () => ({ [registry.local]: { auth: Buffer.from(`agent:${password}`).toString("base64") } });

it.each([
  ["its logins", ".docker/config.json", () => ({ auths: auths() })],
  ["its credsStore", ".docker/config.json", () => ({ credsStore: "longshore-store" })],
  ["its credHelpers", ".docker/config.json", () => ({ credHelpers: { [registry.local]: "longshore-store" } })],
  ["its old logins", ".dockercfg", () => auths()],
])("a job's image is pulled with what the agent's user has: %s in %s", async (_, name, config) => {
  const file = join(agent().directory, name);
  await mkdir(join(agent().directory, ".docker"), { recursive: true });
  await writeFile(file, JSON.stringify(config()));
  try {
    const { log } = await agent().run({ image: `${registry.local}/group/app:1`, script: ["echo runs"] });
    expect(log).toMatch(/\nJob succeeded\n$/);
    expect(log).toContain(`Authenticating with credentials from ${file}\n`);
    expect(log).not.toContain(password);
    expect(agent().lines.join("\n")).not.toContain(password);
  } finally {
    await rm(file);
  }
});
