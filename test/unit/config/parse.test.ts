import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import { usableRunners } from "../../../src/config/schema.ts";

const parse = (toml: string, env: Record<string, string> = {}) => parseConfig(toml, "f", { env, home: "/home/ci" });
const entry = (docker: string, runner = ""): string =>
  `[[runners]]\nurl = "https://ci.test"\ntoken = "glrt-x"\nexecutor = "docker"\n${runner}\n[runners.docker]\n${docker}\n`;
const dockerOf = (toml: string, env: Record<string, string> = {}) => parse(toml, env).config.runners[0]?.docker;

describe("parseConfig", () => {
  it("fills in GitLab Runner's defaults", () => {
    const { config, warnings } = parse(entry(""));
    expect(config).toMatchObject({
      concurrent: 1,
      check_interval: 3,
      shutdown_timeout: 30,
      connection_max_age: 900_000,
    });
    expect(config.runners[0]).toMatchObject({
      builds_dir: "/builds",
      output_limit: 4096,
      unhealthy_interval: 3_600_000,
      cache: null,
      docker: { host: "unix:///var/run/docker.sock", services_limit: -1, wait_for_services_timeout: 30, daemon: null },
    });
    expect(warnings).toEqual([]);
  });

  it("takes zeros for the defaults, as GitLab Runner writes them", () => {
    const zeros = "check_interval = 0\nshutdown_timeout = 0\n[session_server]\nsession_timeout = 0\n";
    const { config } = parse(
      zeros + entry("wait_for_services_timeout = 0", "request_concurrency = 0\noutput_limit = 0"),
    );
    expect(config).toMatchObject({
      check_interval: 3,
      shutdown_timeout: 30,
      session_server: { session_timeout: 1800 },
    });
    expect(config.runners[0]).toMatchObject({
      request_concurrency: 1,
      output_limit: 4096,
      docker: { wait_for_services_timeout: 30 },
    });
  });

  it("reads a policy as a string or a list", () => {
    expect(dockerOf(entry('pull_policy = "never"'))?.pull_policy).toEqual(["never"]);
    expect(dockerOf(entry('pull_policy = ["always", "never"]'))?.pull_policy).toEqual(["always", "never"]);
    expect(dockerOf(entry(""))?.pull_policy).toEqual([]);
  });

  it("takes Go's zero time for no time at all", () => {
    const { config } = parse(
      entry("", "token_obtained_at = 2026-01-02T03:04:05Z\ntoken_expires_at = 0001-01-01T00:00:00Z"),
    );
    expect(config.runners[0]).toMatchObject({
      token_obtained_at: new Date("2026-01-02T03:04:05Z"),
      token_expires_at: null,
    });
  });

  it("takes a bare number as a duration in nanoseconds, as Go does", () => {
    expect(parse("connection_max_age = 60000000000\n").config.connection_max_age).toBe(60_000);
  });

  it("reads keys in any case, as GitLab Runner does", () => {
    const { config, warnings } = parse(entry("", '[runners.cache]\ntype = "s3"\n[runners.cache.S3]\nbucketname = "b"'));
    expect(config.runners[0]?.cache).toMatchObject({ Type: "s3", s3: { BucketName: "b" } });
    expect(warnings).toEqual([]);
  });

  it("takes url and token from the environment", () => {
    const toml = '[[runners]]\nurl = "https://${HOST}/git"\ntoken = "$TOKEN"\nexecutor = "docker"\n';
    const [runner] = parse(toml, { HOST: "ci.test", TOKEN: "glrt-1" }).config.runners;
    expect(runner).toMatchObject({ url: "https://ci.test/git", token: "glrt-1", problem: null });
  });

  it("leaves the tables of other executors and of GitLab Runner's experiments alone", () => {
    const others = ["machine", "kubernetes", "ssh", "custom", "autoscaler", "referees", "monitoring", "experimental"];
    const tables = others.map((name) => `[runners.${name}]\nanything = [1, "a"]\n`).join("");
    expect(parse(`${entry("")}${tables}[experimental.usage_logger]\nenabled = true\n`).warnings).toEqual([]);
  });
});

describe("the daemon of the agent", () => {
  const env = { DOCKER_HOST: "tcp://env.test:2376", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/certs" };

  it("comes from the environment when no host is written", () => {
    expect(dockerOf(entry(""), env)).toMatchObject({
      host: "tcp://env.test:2376",
      tls_verify: true,
      tls_cert_path: "/certs",
    });
  });

  it("has nothing of the environment when a host is written", () => {
    expect(dockerOf(entry('host = "tcp://own.test:2375"'), env)).toMatchObject({
      tls_verify: false,
      tls_cert_path: "",
    });
  });

  it("has its certificates in ~/.docker when only tls_verify is set", () => {
    const docker = dockerOf(entry('host = "tcp://own.test:2376"\ntls_verify = true'));
    expect(docker?.tls_cert_path).toBe("/home/ci/.docker");
  });
});

describe("the daemon of the job", () => {
  const daemonOf = (daemon: string, docker = "") =>
    dockerOf(entry(`${docker}\n[runners.docker.daemon]\n${daemon}`))?.daemon;

  it("is the agent's own socket unless another one is named", () => {
    expect(daemonOf('wiring = "socket"')).toMatchObject({ socket_path: "/var/run/docker.sock" });
    expect(daemonOf('wiring = "socket"', 'host = "unix:///run/own.sock"')).toMatchObject({
      socket_path: "/run/own.sock",
    });
    expect(daemonOf('wiring = "socket"', 'host = "tcp://h:2375"')).toMatchObject({
      socket_path: "/var/run/docker.sock",
    });
    expect(daemonOf('wiring = "socket"\nsocket_path = "/s"')).toMatchObject({ socket_path: "/s" });
  });

  it("is docker:dind with TLS under the name docker, for dind", () => {
    expect(daemonOf('wiring = "dind"')).toEqual({
      wiring: "dind",
      image: "docker:dind",
      alias: "docker",
      tls: true,
      storage: "job",
      storage_max_size: "20g",
      storage_max_age: 7 * 24 * 3_600_000,
      command: [],
    });
  });

  it("is the agent's own address and certificates, for tcp without an address", () => {
    const docker = 'host = "tcp://h:2376"\ntls_verify = true\ntls_cert_path = "/c"';
    expect(daemonOf('wiring = "tcp"', docker)).toMatchObject({
      address: "tcp://h:2376",
      tls_verify: true,
      tls_cert_path: "/c",
    });
  });

  it("has its own TLS settings, for tcp with an address", () => {
    const docker = 'host = "tcp://h:2376"\ntls_verify = true\ntls_cert_path = "/c"';
    expect(daemonOf('wiring = "tcp"\naddress = "tcp://j:2375"', docker)).toMatchObject({
      tls_verify: false,
      tls_cert_path: "",
    });
  });
});

describe("warnings", () => {
  it.each([
    ["concurent = 2\n", 'f:1:1: unknown key concurent: did you mean "concurrent"? It is ignored'],
    ["something_else = 2\n", "f:1:1: unknown key something_else: it is ignored"],
    [
      entry("privilegd = true"),
      'f:7:1: unknown key runners[0].docker.privilegd: did you mean "privileged"? It is ignored',
    ],
    [
      entry('pull-policy = "never"'),
      'f:7:1: unknown key runners[0].docker.pull-policy: did you mean "pull_policy"? It is ignored',
    ],
    [
      entry('[runners.docker.daemon]\nwiring = "dind"\naddress = "x"'),
      'f:9:1: runners[0].docker.daemon.address has no effect with wiring = "dind": it belongs to tcp',
    ],
  ])("name an unknown key with its place and the nearest known one: %s", (toml, warning) => {
    expect(parse(toml).warnings).toEqual([warning]);
  });

  it("name entries that can't be used, and the others are used", () => {
    const shell = '[[runners]]\nname = "old"\nurl = "https://ci.test"\ntoken = "a"\nexecutor = "shell"\n';
    const empty = '[[runners]]\nurl = "https://ci.test"\nexecutor = "docker"\n';
    const unset = '[[runners]]\nurl = "https://ci.test"\ntoken = "$NOPE"\nexecutor = "docker"\n';
    const { config, warnings } = parse(shell + empty + unset + entry(""));
    expect(usableRunners(config).map(({ index }) => index)).toEqual([3]);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^f:1:1: runners\[0\] \("old"\) has the executor "shell".*skipped; set executor = "docker"/,
      ),
      expect.stringMatching(/^f:6:1: runners\[1\] has no token; the entry is skipped; run `longshore register`/),
      expect.stringMatching(/^f:9:1: runners\[2\] has the token \$NOPE, and that variable is not set/),
    ]);
  });

  it("name entries with the same token", () => {
    expect(parse(entry("") + entry("")).warnings).toEqual([
      "f:8:1: runners[1] has the same token as runners[0]; they share its jobs",
    ]);
  });
});
