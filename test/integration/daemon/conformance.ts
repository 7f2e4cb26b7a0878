import { beforeAll, describe, expect, it } from "vitest";
import type { TestAgent } from "../../support/agent.ts";
import type { EndedJob } from "../../support/job-runs.ts";
import type { Engine } from "../../../src/docker/engine.ts";
import { containersOf, execute, images, inspect } from "../../support/engine.ts";

export interface WiringCase {
  readonly tag: string;
  /** Matches DOCKER_HOST of the job. */
  readonly dockerHost: RegExp;
  readonly tls: boolean;
  /** The daemon sees the job's files at the job's paths. */
  readonly sharesFiles: boolean;
  /** Engine on which the job's containers run. */
  readonly engine: () => Engine;
}

const build = [
  "cp /bin/busybox .",
  `printf 'FROM scratch\\nCOPY busybox /bin/busybox\\nENTRYPOINT ["/bin/busybox"]\\n' >Dockerfile`,
  'docker build -q -t "longshore-test/$CI_JOB_ID:built" . >/dev/null',
  "echo mounted content >file",
  'docker run --rm "longshore-test/$CI_JOB_ID:built" echo it runs',
];
const mount = ['docker run --rm -v "$CI_PROJECT_DIR":/src "longshore-test/$CI_JOB_ID:built" cat /src/file'];
const remove = ['docker rmi "longshore-test/$CI_JOB_ID:built" >/dev/null'];
const verify = [
  "mkdir /tmp/other; cp $DOCKER_CERT_PATH/*.pem /tmp/other/",
  "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /tmp/k -out /tmp/other/ca.pem -subj /CN=other 2>/dev/null",
  "DOCKER_CERT_PATH=/tmp/other docker version 2>&1 || true",
  "DOCKER_TLS_VERIFY= docker version 2>&1 || true",
];
/** The job stays until the test has looked at its containers. */
const wait = ["echo look now", "until [ -e /looked ]; do sleep 0.1; done"];

/** What every wiring must do, whatever it is. */
export function conformsAs(title: string, agent: () => TestAgent, wiring: WiringCase): void {
  describe(`${title}`, () => {
    let ended: EndedJob;
    let isPrivileged: boolean;
    let asOther: Promise<EndedJob>;
    let withOwnHost: Promise<EndedJob>;

    beforeAll(async () => {
      const { tag } = wiring;
      const image = { name: images.docker, executor_opts: { docker: { user: "1234:1234" } } };
      const other = ["id -u", "docker version >/dev/null", "touch of-$(id -u)"];
      const host = ["echo host=$DOCKER_HOST", "docker version >/dev/null 2>&1 || echo as asked for"];
      const variables = { DOCKER_HOST: "tcp://127.0.0.1:9" };
      const script = [
        "echo host=$DOCKER_HOST",
        "docker version --format 'server {{.Server.Version}}'",
        ...build,
        ...(wiring.sharesFiles ? mount : []),
        ...remove,
        ...(wiring.tls ? verify : []),
        ...wait,
      ];
      const job = await agent().start({ image: images.docker, script }, tag);
      asOther = agent().run({ script: other, parts: { image } }, tag);
      withOwnHost = agent().run({ image: images.docker, script: host, variables }, tag);
      await agent().shows(job, "\nlook now\n");
      const [container = ""] = await containersOf(wiring.engine(), agent().agentId, job.id, "build");
      isPrivileged = (await inspect(wiring.engine(), container)).HostConfig.Privileged === true;
      await execute(wiring.engine(), container, "touch", "/looked");
      ended = await agent().ended(job);
    });

    it("gives a job that sets nothing a docker that works", () => {
      expect(ended.job.state).toBe("success");
      expect(ended.log).toMatch(wiring.dockerHost);
      expect(ended.log).toMatch(/^server \d+/m);
    });

    it("lets it build an image and run it", () => {
      expect(ended.log).toContain("\nit runs\n");
    });

    if (wiring.sharesFiles)
      it("mounts the project's directory in a container of the job's", () => {
        expect(ended.log).toContain("\nmounted content\n");
      });

    it("doesn't make the build container privileged", () => {
      expect(isPrivileged).toBe(false);
    });

    if (wiring.tls)
      it("has both sides verify the other's certificate", () => {
        expect(ended.log).toContain("certificate signed by unknown authority");
        expect(ended.log).toContain("Client sent an HTTP request to an HTTPS server");
      });

    it("works for a user who isn't root", async () => {
      const { job, log } = await asOther;
      expect(log).toContain("$ id -u\n1234\n");
      expect(log).toContain("$ touch of-$(id -u)\n");
      expect(job.state).toBe("success");
    });

    it("leaves a DOCKER_HOST that the job sets alone", async () => {
      const { log } = await withOwnHost;
      expect(log).toContain("\nhost=tcp://127.0.0.1:9\n");
      expect(log).toContain("\nas asked for\n");
    });
  });
}
