import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { EndedJob } from "../support/job-runs.ts";
import type { ScriptJob } from "../support/coordinator.ts";
import { containersOf, engineHost, execute, images } from "../support/engine.ts";
import { findingsOf } from "../support/findings.ts";
import { sharedAgent } from "../support/shared-agent.ts";

const socket = engineHost.replace("unix://", "");
const { agent } = sharedAgent({
  concurrent: 2,
  runners: [
    { tag: "privileged", docker: "privileged = true\nwait_for_services_timeout = 60" },
    { tag: "socket", hostBuilds: true, docker: `volumes = ["${socket}:/var/run/docker.sock"]` },
    { tag: "dind", docker: `[runners.docker.daemon]\nwiring = "dind"\nimage = "${images.dind}"` },
  ],
});

/** A pipeline's job as its author wrote it. */
interface Authored extends Omit<ScriptJob, "image"> {
  readonly tag: string;
}

const dind = { name: images.dind, alias: "docker" };
const version = ["docker version --format 'server {{.Server.Version}}'"];

/** As GitLab Runner runs it, or with all that is done for it here. */
function run({ tag, ...job }: Authored, as: "classic" | "helped"): Promise<EndedJob> {
  const off = as === "classic" ? { LONGSHORE_DIND_AUTOWIRE: "false" } : {};
  return agent().run({ ...job, image: images.docker, variables: { ...job.variables, ...off } }, tag);
}

/** The words that users search for, and the rule that explains them. */
const errors: Readonly<Record<string, { readonly job: Authored; readonly words: RegExp; readonly rule: string }>> = {
  "docker without TLS at a dind that speaks TLS": {
    job: {
      tag: "privileged",
      services: [dind],
      variables: { DOCKER_HOST: "tcp://docker:2376", DOCKER_TLS_CERTDIR: "/certs" },
      script: version,
    },
    words: /Client sent an HTTP request to an HTTPS server/,
    rule: "http-to-https-daemon",
  },
  "a dind that is not called docker": {
    job: { tag: "privileged", services: [{ name: images.dind, alias: "builder" }], script: version },
    words: /dial tcp: lookup docker(?: on \S+)?: no such host/,
    rule: "daemon-name-unknown",
  },
  "-v $PWD under a shared socket": {
    job: {
      tag: "socket",
      script: [
        "echo mounted content >file",
        `docker run --rm -v $PWD:/src --entrypoint cat ${images.docker} /src/file`,
      ],
    },
    words: /\/src\/file: No such file or directory/,
    rule: "empty-bind-mount",
  },
};

describe("what users of a classic runner meet:", () => {
  for (const [title, { job: authored, words, rule }] of Object.entries(errors)) {
    it.concurrent(`${title} fails with the words they know, and the log says why`, async () => {
      const { job, log } = await run(authored, "classic");
      expect([job.state, log]).toEqual(["failed", expect.stringMatching(words)]);
      expect(findingsOf(log)[0]).toBe(rule);
    });

    it.concurrent(`${title} is green here as it stands`, async () => {
      const { job, log } = await run(authored, "helped");
      expect([job.state, log]).toEqual(["success", expect.stringMatching(/^(?:server \d+.*|mounted content)$/m)]);
      expect(findingsOf(log)).toEqual([]);
    });
  }

  const plain: Authored = {
    tag: "privileged",
    services: [dind],
    variables: { DOCKER_TLS_CERTDIR: "" },
    script: version,
  };

  it.concurrent("a dind on plain TCP has every job wait, and the log says so", async () => {
    const { job, log } = await run(plain, "classic");
    expect([job.state, log]).toEqual(["success", expect.stringMatching(/^Worth knowing: .* waits 15 s /m)]);
    expect(findingsOf(log)).toEqual(["plain-tcp-wait"]);
  });

  it.concurrent("a dind on plain TCP does not wait here", async () => {
    const { job, log } = await run(plain, "helped");
    expect([job.state, log]).toEqual(["success", expect.stringContaining("--tls=false: plain TCP as asked for")]);
    expect(findingsOf(log)).toEqual([]);
  });
});

describe("one container name in two jobs at once", () => {
  const name = `longshore-test-${randomBytes(4).toString("hex")}`;
  const authored = (tag: string, first: boolean): Authored => ({
    tag,
    variables: { FIRST: first ? "yes" : "" },
    script: [
      "cp /bin/busybox .; printf 'FROM scratch\\nCOPY busybox /bin/busybox\\n' >Dockerfile",
      `docker build -q -t ${name} . >/dev/null`,
      `docker run -d --name ${name} ${name} /bin/busybox sleep 600`,
      'echo it has the name; until [ -z "$FIRST" ] || [ -e /go ]; do sleep 0.1; done',
      `docker rm -f ${name}; docker rmi ${name} >/dev/null`,
    ],
  });
  const runBoth = async (tag: string) => {
    const { tag: _, ...job } = authored(tag, true);
    const first = await agent().start({ ...job, image: images.docker }, tag);
    await agent().shows(first, "\nit has the name\n");
    const second = await run(authored(tag, false), "helped");
    const [container = ""] = await containersOf(agent().engine, agent().agentId, first.id, "build");
    await execute(agent().engine, container, "touch", "/go");
    return { first: await agent().ended(first), second };
  };

  it("is a conflict under a shared socket, and the log says why", async () => {
    const { first, second } = await runBoth("socket");
    expect([first.job.state, first.log]).toEqual(["success", first.log]);
    const words = `Conflict. The container name "/${name}" is already in use by container`;
    expect([second.job.state, second.log]).toEqual(["failed", expect.stringContaining(words)]);
    expect(findingsOf(second.log)[0]).toBe("container-name-taken");
  });

  it("is none where each job has a daemon of its own", async () => {
    const { first, second } = await runBoth("dind");
    expect([first.job.state, first.log]).toEqual(["success", first.log]);
    expect([second.job.state, second.log]).toEqual(["success", expect.stringContaining("\nit has the name\n")]);
  });
});
