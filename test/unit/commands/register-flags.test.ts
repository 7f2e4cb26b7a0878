import { writeFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "toml";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandLine } from "./command-line.ts";

const needed = ["--url", "https://ci.test", "--docker-image", "debian:bookworm"];
const created = ["register", "-n", ...needed, "--token", "glrt-topsecret123"];

let cli: CommandLine;
beforeEach(async () => {
  cli = await CommandLine.create();
  cli.coordinator.runners.set("glrt-topsecret123", 7);
});
afterEach(() => cli[Symbol.asyncDispose]());

interface Config {
  readonly runners: readonly Record<string, unknown>[];
}
const lastEntry = async () => (parse((await cli.config()) ?? "") as Config).runners.at(-1);

describe("register with flags, variables and a template", () => {
  it("writes every kind of key", async () => {
    const flags =
      "--docker-volumes /a:/b --docker-volumes /c --docker-privileged --docker-tlsverify=false " +
      "--docker-sysctls net.core.somaxconn=1024 --docker-services-limit -1 --env A=b,c " +
      "--docker-pull-policy always,never --feature-flags FF_X:true --unhealthy-interval 5m " +
      "--docker-daemon-wiring dind --docker-daemon-tls=false --cache-type s3 --cache-s3-bucket-name b " +
      "--custom_build_dir-enabled=false --docker-services_privileged --docker-userns host";
    await cli.run([...created, ...flags.split(" ")]);
    expect(JSON.parse(JSON.stringify(await lastEntry()))).toMatchObject({
      environment: ["A=b,c"],
      feature_flags: { FF_X: true },
      unhealthy_interval: "5m",
      custom_build_dir: { enabled: false },
      cache: { Type: "s3", s3: { BucketName: "b" } },
      docker: {
        image: "debian:bookworm",
        volumes: ["/a:/b", "/c", "/cache"],
        privileged: true,
        services_privileged: true,
        userns_mode: "host",
        tls_verify: false,
        sysctls: { "net.core.somaxconn": "1024" },
        services_limit: -1,
        pull_policy: ["always", "never"],
        daemon: { wiring: "dind", tls: false },
      },
    });
  });

  it.each([[["--docker-disable-cache"]], [["--docker-volumes", "/host:/cache:rw"]]])(
    "adds no /cache with %s",
    async (flags) => {
      await cli.run([...created, ...flags]);
      expect(await cli.config()).not.toContain('"/cache"');
    },
  );

  it("can be told everything by variables, which flags outdo", async () => {
    const env = {
      REGISTER_NON_INTERACTIVE: "true",
      CI_SERVER_URL: "https://ci.test",
      CI_SERVER_TOKEN: "glrt-topsecret123",
      DOCKER_IMAGE: "env:1",
      DOCKER_VOLUMES: "/x,/y",
      RUNNER_NAME: "from-env",
      DOCKER_PRIVILEGED: "1",
    };
    await cli.run(["register", "--name", "from-flag"], { env });
    expect(await lastEntry()).toMatchObject({
      name: "from-flag",
      docker: { image: "env:1", volumes: ["/x", "/y", "/cache"], privileged: true },
    });
  });

  it("fills in from a template what nothing was said about, but never the token", async () => {
    const template = path.join(cli.directory, "template.toml");
    await writeFile(
      template,
      '[[runners]]\ntoken = "glrt-template"\nlimit = 4\n[runners.docker]\nimage = "t"\nmemory = "1g"\nprivileged = true\n' +
        '[[runners.docker.services]]\nname = "postgres:16"\n',
    );
    await cli.run([...created, "--template-config", template, "--docker-privileged=false"]);
    expect(await lastEntry()).toMatchObject({
      token: "glrt-topsecret123",
      limit: 4,
      docker: { image: "debian:bookworm", memory: "1g", privileged: false, services: [{ name: "postgres:16" }] },
    });
  });
});
