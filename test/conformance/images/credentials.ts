import { expect } from "vitest";
import type { Case, CaseConfig } from "../case.ts";
import { reasonOf } from "../runner-under-test.ts";
import type { World } from "../world.ts";
import { registry } from "./registry.ts";

const always: CaseConfig = { pullPolicy: 'pull_policy = "always"' };
const auth = (password: string) => ({ auth: Buffer.from(`anybody:${password}`).toString("base64") });
const good = auth("secret of anybody");
const bad = auth("something else");

/** Runs a job with the registry's image, a DOCKER_AUTH_CONFIG, and perhaps the login that a coordinator sends. */
function run(world: World, config: object | string | null, password: string | null = null) {
  const { local: url } = registry();
  const value = typeof config === "string" ? config : JSON.stringify(config);
  const sent = { type: "registry", url, username: "anybody", password: password ?? "" };
  return world.run({
    image: `${url}/group/app:1`,
    script: ["echo runs"],
    parts: {
      credentials: password === null ? [] : [sent],
      variables:
        config === null ? [] : [{ key: "DOCKER_AUTH_CONFIG", value, public: false, masked: false, file: false }],
    },
  });
}

/** Where a job's registry logins come from. */
export const credentials: readonly Case[] = [
  {
    title: "a private image without a login is refused, once, as an error of the configuration",
    config: always,
    prove: async (world) => {
      const { job, log } = await run(world, null);
      expect([job.state, reasonOf(job, "runner_configuration_error")]).toEqual([
        "failed",
        "runner_configuration_error",
      ]);
      expect(log).not.toContain("Authenticating");
      expect(log).not.toContain("retrying");
    },
  },
  {
    title: "DOCKER_AUTH_CONFIG has the login for a registry",
    config: always,
    prove: async (world) => {
      const { log } = await run(world, { auths: { [registry().local]: good } });
      expect(log).toMatch(/\nJob succeeded\n$/);
      expect(log).toContain("Authenticating with credentials from $DOCKER_AUTH_CONFIG\n");
    },
  },
  {
    title: "the login that the coordinator sends serves its registry",
    config: always,
    prove: async (world) => {
      const { log } = await run(world, null, "secret of anybody");
      expect(log).toMatch(/\nJob succeeded\n$/);
      expect(log).toContain("Authenticating with credentials from job payload (GitLab Registry)\n");
    },
  },
  {
    title: "DOCKER_AUTH_CONFIG wins over the coordinator's login",
    config: always,
    prove: async (world) => {
      const { local } = registry();
      const [fine, wrong] = await Promise.all([
        run(world, { auths: { [local]: good } }, "something else"),
        run(world, { auths: { [local]: bad } }, "secret of anybody"),
      ]);
      expect([fine.job.state, wrong.job.state]).toEqual(["success", "failed"]);
    },
  },
  {
    title: "of several logins that of the longest path counts",
    config: always,
    prove: async (world) => {
      const { local } = registry();
      const { log } = await run(world, { auths: { [local]: bad, [`${local}/group`]: good, [`${local}/g`]: bad } });
      expect(log).toMatch(/\nJob succeeded\n$/);
    },
  },
  {
    title: "a registry may be written as a URL",
    config: always,
    prove: async (world) => {
      const { log } = await run(world, { auths: { [`https://${registry().local}/v2/`]: good } });
      expect(log).toMatch(/\nJob succeeded\n$/);
    },
  },
  {
    title: "the login of another registry is not used",
    config: always,
    prove: async (world) => {
      const { job, log } = await run(world, { auths: { "registry.test": good, [`${registry().local}/grou`]: good } });
      expect(job.state).toBe("failed");
      expect(log).not.toContain("Authenticating");
    },
  },
  {
    title: "a credential helper that DOCKER_AUTH_CONFIG names is asked for the login",
    config: always,
    prove: async (world) => {
      const { log } = await run(world, { credHelpers: { [registry().local]: "longshore-good" } });
      expect(log).toMatch(/\nJob succeeded\n$/);
      expect(log).toContain("Authenticating with credentials from $DOCKER_AUTH_CONFIG\n");
      expect(log).not.toContain("secret of anybody");
    },
  },
  {
    title: "a credential helper that knows no login leaves the registry to what stands in auths",
    differs: "what it says counts as an empty login, and the pull is refused",
    config: always,
    prove: async (world) => {
      const { local } = registry();
      const config = { credHelpers: { [local]: "longshore-none" }, auths: { [local]: good } };
      const { log } = await run(world, config);
      expect(log).toMatch(/\nJob succeeded\n$/);
    },
  },
  {
    title: "a credential helper that is not there is warned of, and other logins are tried",
    config: always,
    prove: async (world) => {
      const config = { credHelpers: { [registry().local]: "longshore-missing" } };
      const { log } = await run(world, config, "secret of anybody");
      expect(log).toMatch(/\nJob succeeded\n$/);
      expect(log).toMatch(/WARNING: Failed to resolve credentials .* from \$DOCKER_AUTH_CONFIG/);
    },
    differs: "before 18.11 without a warning",
  },
  {
    title: "a credential helper that is named by a path is never run: the job fails",
    config: always,
    prove: async (world) => {
      const { job } = await run(world, { credHelpers: { "other.test": "../bin/sh" } }, "secret of anybody");
      expect([job.state, reasonOf(job, "runner_configuration_error")]).toEqual([
        "failed",
        "runner_configuration_error",
      ]);
    },
    differs: "the failure reason there is that of the runner's system",
  },
  {
    title: "a DOCKER_AUTH_CONFIG that is no JSON is warned of and not used",
    config: always,
    prove: async (world) => {
      const { log } = await run(world, "{", "secret of anybody");
      expect(log).toMatch(/\nJob succeeded\n$/);
      expect(log).toMatch(
        /WARNING: Failed to resolve credentials from \$DOCKER_AUTH_CONFIG: .*Credentials from this source will not be used/,
      );
    },
    differs: "before 18.11 without a warning",
  },
];
