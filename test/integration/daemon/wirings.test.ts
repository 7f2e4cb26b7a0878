import { describe, expect, it } from "vitest";
import { containersOf, images, inspect } from "../../support/engine.ts";
import { sharedAgent } from "../../support/shared-agent.ts";
import { conformsAs } from "./conformance.ts";

const daemon = (lines: string) => `[runners.docker.daemon]\n${lines}\n`;
const { agent } = sharedAgent({
  concurrent: 2,
  runners: [
    { tag: "socket", hostBuilds: true, docker: daemon('wiring = "socket"') },
    { tag: "dind-tls", docker: daemon(`wiring = "dind"\nimage = "${images.dind}"`) },
    { tag: "dind-plain", docker: daemon(`wiring = "dind"\ntls = false\nimage = "${images.dind}"`) },
    { tag: "no-dind", docker: daemon(`wiring = "dind"\nimage = "${images.dind}"\ncommand = ["--no-such-option"]`) },
  ],
});
const engine = () => agent().engine;

conformsAs("the wiring socket", agent, {
  tag: "socket",
  dockerHost: /^host=unix:\/\/\/var\/run\/docker\.sock$/m,
  tls: false,
  sharesFiles: true,
  engine,
});

conformsAs("the wiring dind", agent, {
  tag: "dind-tls",
  dockerHost: /^host=tcp:\/\/docker:2376$/m,
  tls: true,
  sharesFiles: true,
  engine,
});

conformsAs("the wiring dind without TLS", agent, {
  tag: "dind-plain",
  dockerHost: /^host=tcp:\/\/docker:2375$/m,
  tls: false,
  sharesFiles: true,
  engine,
});

describe("the wiring socket", () => {
  it("removes what a job started or made as its Compose project and left behind, and nothing else", async () => {
    const label = "--label com.docker.compose.project=$COMPOSE_PROJECT_NAME";
    const script = [
      `docker network create ${label} left-$CI_JOB_ID`,
      `docker volume create ${label} left-$CI_JOB_ID`,
      `docker volume create --label dev.longshore.test=other kept-$CI_JOB_ID`,
      `docker run -d ${label} --network left-$CI_JOB_ID -v left-$CI_JOB_ID:/data --name left-$CI_JOB_ID ${images.base} sleep 1000`,
    ];
    const { job } = await agent().run({ image: images.docker, script }, "socket");
    expect(job.state).toBe("success");
    await agent().cleanedUp(job);
    // After the job's own objects: nobody tells when.
    const status = (look: () => Promise<unknown>) =>
      look().then(
        () => 200,
        (error: { statusCode?: number }) => error.statusCode,
      );
    const left = `left-${job.id}`;
    await expect.poll(() => status(() => engine().getContainer(left).inspect()), { timeout: 30_000 }).toBe(404);
    await expect.poll(() => status(() => engine().getNetwork(left).inspect()), { timeout: 30_000 }).toBe(404);
    await expect.poll(() => status(() => engine().getVolume(left).inspect()), { timeout: 30_000 }).toBe(404);
    await engine().getVolume(`kept-${job.id}`).remove();
  });

  it("gives every job a Compose project of its own", async () => {
    const job = { image: images.docker, script: ["echo project=$COMPOSE_PROJECT_NAME"] };
    const [one, other] = await Promise.all([agent().run(job, "socket"), agent().run(job, "socket")]);
    const names = [one, other].map(({ log }) => /^project=(.+)$/m.exec(log)?.[1] ?? "");
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name).toMatch(/^[a-z0-9][a-z0-9_-]+$/);
  });
});

describe("the wiring dind", () => {
  it("alone makes its sidecar privileged, and shares no daemon between jobs", async () => {
    const script = [
      "docker volume create mine >/dev/null; docker volume ls -q | wc -l",
      "echo look now; until [ -e /looked ]; do sleep 0.1; done",
    ];
    const job = await agent().start({ image: images.docker, script }, "dind-tls");
    await agent().shows(job, "\nlook now\n");
    const [sidecar = ""] = await containersOf(engine(), agent().agentId, job.id, "service");
    const [helper = ""] = await containersOf(engine(), agent().agentId, job.id, "predefined");
    expect((await inspect(engine(), sidecar)).HostConfig.Privileged).toBe(true);
    expect((await inspect(engine(), helper)).HostConfig.Privileged).toBe(false);
    agent().coordinator.cancel(job.id);
    agent().coordinator.cancel(job.id);
    const second = await agent().run({ image: images.docker, script: ["docker volume ls -q | wc -l"] }, "dind-tls");
    expect(second.log).toContain("| wc -l\n0\n");
  });

  it("fails the job before its script when the daemon doesn't come up, with its log and the reason", async () => {
    const { job, log } = await agent().run({ image: images.docker, script: ["echo never"] }, "no-dind");
    expect([job.state, job.failureReason]).toEqual(["failed", "runner_system_failure"]);
    expect(log).toMatch(/ERROR: .*the Docker daemon of this job .* did not start: it ended with exit code \d+/);
    expect(log).toMatch(/on the runner: .*\[runners\.docker\.daemon\]/);
    expect(log).not.toContain("never");
  });
});
