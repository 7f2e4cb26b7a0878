import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { addRunnerOptions, flagName, readRunnerOptions } from "../../../src/commands/runner-options.ts";
import { runnerFlags } from "../../../src/config/flags.ts";

const read = (args: readonly string[], env: Record<string, string> = {}) => {
  const command = addRunnerOptions(new Command().exitOverride());
  command.parse(["node", "x", ...args]);
  return readRunnerOptions(command, env);
};

describe("the runner's flags", () => {
  it("have GitLab Runner's names", () => {
    const names = new Map(runnerFlags.map(({ flag, env }) => [flag, env]));
    expect([
      names.get("--docker-image"),
      names.get("--docker-tlsverify"),
      names.get("--docker-cert-path"),
      names.get("--docker-userns"),
      names.get("--docker-allowed_users"),
      names.get("--env"),
      names.get("--clone-url"),
      names.get("--tls-ca-file"),
      names.get("--cache-max_uploaded_archive_size"),
      names.get("--cache-s3-server-side-encryption-key-id"),
      names.get("--cache-s3-role-arn"),
      names.get("--cache-gcs-credentials-file"),
      names.get("--cache-azure-storage-domain"),
    ]).toEqual([
      "DOCKER_IMAGE",
      "DOCKER_TLS_VERIFY",
      "DOCKER_CERT_PATH",
      "DOCKER_USERNS_MODE",
      "DOCKER_ALLOWED_USERS",
      "RUNNER_ENV",
      "CLONE_URL",
      "CI_SERVER_TLS_CA_FILE",
      "CACHE_MAXIMUM_UPLOADED_ARCHIVE_SIZE",
      "CACHE_S3_SERVER_SIDE_ENCRYPTION_KEY_ID",
      "CACHE_S3_ROLE_ARN",
      "GOOGLE_APPLICATION_CREDENTIALS",
      "CACHE_AZURE_STORAGE_DOMAIN",
    ]);
  });

  it("are all different, by name and by variable", () => {
    const flags = runnerFlags.flatMap(({ flag, alias }) => (alias === null ? [flag] : [flag, alias]));
    expect(new Set(flags).size).toBe(flags.length);
    expect(new Set(runnerFlags.map(({ env }) => env)).size).toBe(runnerFlags.length);
  });

  it("can be given in the key's own spelling, too", () => {
    expect(read(["--docker-tls-verify", "--docker-services-privileged=false", "--environment", "A=b"])).toEqual({
      environment: ["A=b"],
      docker: { tls_verify: true, services_privileged: false },
    });
  });

  it("say nothing about keys that nobody named", () => {
    expect(read([], { DOCKER_MEMORY: "" })).toEqual({});
  });

  it("take the last value of a key that has one, and all of a list", () => {
    expect(
      read(["--docker-image", "a", "--docker-image", "b", "--docker-dns", "1.1.1.1", "--docker-dns", "9.9.9.9"]),
    ).toEqual({
      docker: { image: "b", dns: ["1.1.1.1", "9.9.9.9"] },
    });
    expect(read(["--docker-privileged", "--docker-privileged=false"])).toEqual({ docker: { privileged: false } });
  });

  it("take tables as pairs or as JSON", () => {
    expect(read(["--docker-tmpfs", "/a=rw,noexec", "--docker-tmpfs", "/b=rw"])).toEqual({
      docker: { tmpfs: { "/a": "rw,noexec", "/b": "rw" } },
    });
    expect(read([], { DOCKER_SYSCTLS: '{"a.b": "1", "c": "2"}' })).toEqual({
      docker: { sysctls: { "a.b": "1", c: "2" } },
    });
    expect(() => read(["--docker-tmpfs", "nonsense"])).toThrow(/expected KEY=VALUE/);
  });

  it("are found by the key's path", () => {
    expect([flagName(["docker", "pull_policy"]), flagName(["docker"])]).toEqual(["--docker-pull-policy", null]);
  });
});
