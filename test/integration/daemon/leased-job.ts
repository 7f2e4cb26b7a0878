import { expect } from "vitest";
import { call, quickCallMs } from "../../../src/docker/call.ts";
import { startContainer, waitContainer } from "../../../src/docker/container.ts";
import type { Engine } from "../../../src/docker/engine.ts";
import { storeLabel } from "../../../src/job/plan-storage.ts";
import type { TestAgent } from "../../support/agent.ts";
import type { EndedJob } from "../../support/job-runs.ts";
import type { ScriptJob } from "../../support/coordinator.ts";
import { images, objectsOf } from "../../support/engine.ts";

/** [runners.docker.daemon] of the runners in these tests. */
export const leased = `[runners.docker.daemon]\nwiring = "dind"\ntls = false\nimage = "${images.dind}"\nstorage = "leased"\n`;

/** Three layers, one of which a container makes. */
export const build = [
  "cp /bin/busybox .",
  `printf 'FROM scratch\\nCOPY busybox /bin/busybox\\nRUN ["/bin/busybox", "touch", "/made"]\\nCMD ["/bin/busybox", "echo", "it runs"]\\n' >Dockerfile`,
  "docker build -t built .",
  "docker run --rm built",
];

export interface LeasedJob {
  readonly project?: number;
  readonly isProtected?: boolean;
}

export function leasedJob(script: readonly string[], { project = 1, isProtected = false }: LeasedJob = {}): ScriptJob {
  return {
    image: images.docker,
    script,
    variables: { GIT_STRATEGY: "none" },
    parts: {
      job_info: { name: "test", stage: "test", pipeline_id: 1, project_id: project },
      git_info: { repo_url: "https://gitlab.test/group/app.git", ref: "main", protected: isProtected },
    } as never,
  };
}

/** What the log says about the store. */
export function storeLine({ log }: EndedJob): string {
  return /^Docker layer store: (.*)$/m.exec(log)?.[1] ?? "";
}

/** Runs a job and waits until what it made is gone, its lease with it. */
export async function runToTheEnd(agent: TestAgent, job: ScriptJob): Promise<EndedJob> {
  const ended = await agent.run(job);
  await agent.cleanedUp(ended.job);
  return ended;
}

/** Names of the leased volumes of an agent. */
export async function storesOf(engine: Engine, agentId: string): Promise<string[]> {
  const { volumes } = await objectsOf(engine, agentId);
  const all = await Promise.all(volumes.map((name) => engine.getVolume(name).inspect()));
  return all.filter(({ Labels }) => storeLabel in (Labels ?? {})).map(({ Name }) => Name);
}

/** Runs a shell script in a volume, mounted as the current directory. */
export async function inVolume(engine: Engine, volume: string, script: string): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  const container = await call("create", signal, quickCallMs, (abortSignal) =>
    engine.createContainer({
      Image: images.base,
      Cmd: ["sh", "-ec", script],
      WorkingDir: "/store",
      HostConfig: { Binds: [`${volume}:/store`], NetworkMode: "none" },
      abortSignal,
    }),
  );
  try {
    await startContainer(engine, container.id, signal);
    expect(await waitContainer(engine, container.id, signal)).toBe(0);
  } finally {
    await container.remove({ force: true });
  }
}
