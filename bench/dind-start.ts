import { scriptJob } from "../test/support/coordinator.ts";
import { printsStamp } from "./jobs.ts";
import { type BenchAgent, lineUp } from "./line-up.ts";
import type { RunnerFigure } from "./result.ts";
import { takeRounds } from "./rounds.ts";
import { ourName, type Site } from "./site.ts";
import { stampsOf } from "./timeline.ts";

/** A job with a dind service as GitLab's documentation writes it, and how soon its first `docker info` must be through. */
export interface DindForm {
  readonly variables: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  readonly targetSeconds: number;
  /** Measures our own runner without what it does for such jobs as well: what is gained by it. */
  readonly andUnhelped?: boolean;
}

const limitSeconds = 90;
const waitForDaemon = `for try in $(seq ${limitSeconds * 10}); do docker info >/dev/null 2>&1 && break; sleep 0.1; done`;

/** Seconds from a job's acceptance to its first `docker info` that the service's daemon answers. */
export async function measureDind(site: Site, form: DindForm): Promise<RunnerFigure[]> {
  await using field = await lineUp(site, { docker: "privileged = true", volumes: form.volumes, image: "docker" });
  const jobWith = (variables: Readonly<Record<string, string>>) =>
    scriptJob({
      services: [{ name: site.images.dind, alias: "docker" }],
      variables: { ...form.variables, ...variables },
      // A daemon of the job's own has no containers yet.
      script: [waitForDaemon, printsStamp, 'containers=$(docker ps --all --quiet); test -z "$containers"'],
    });
  const firstAnswer = async (agent: BenchAgent, variables: Readonly<Record<string, string>>) => {
    const run = await agent.run(jobWith(variables));
    const [stamp = Number.NaN] = stampsOf((await run.log()).toString());
    return (stamp - run.timeline.assigned) / 1000;
  };
  const isCompared = (agent: BenchAgent) => form.andUnhelped === true && agent.name === ourName;
  const { floor, of } = await takeRounds(site, field.agents, {
    rounds: 5,
    warmUp: false,
    floor: () => bareDind(site),
    work: async (agent) => ({
      helped: await firstAnswer(agent, {}),
      unhelped: isCompared(agent) ? await firstAnswer(agent, { LONGSHORE_DIND_AUTOWIRE: "false" }) : Number.NaN,
    }),
  });
  const name = "accepted to first docker info";
  return of.flatMap(({ agent, samples }): RunnerFigure[] => {
    const figure = { runner: agent.name, unit: "s", better: "lower" } as const;
    const helped = samples.map((sample) => sample.helped);
    const unhelped = samples.map((sample) => sample.unhelped);
    return [
      {
        ...figure,
        name,
        samples: helped,
        floor: { name: "docker run dind --tls=false until its socket answers docker info", samples: floor },
        target: { kind: "limit", value: form.targetSeconds },
      },
      ...(isCompared(agent) ? [{ ...figure, name: `${name}, LONGSHORE_DIND_AUTOWIRE=false`, samples: unhelped }] : []),
    ];
  });
}

/** The daemon without certificates to make and without its pause before plain TCP. */
async function bareDind(site: Site): Promise<number> {
  const plain = ["--env", "DOCKER_TLS_CERTDIR=", "--env", "DOCKER_HOST="];
  const startedAt = performance.now();
  const options = ["--detach", "--rm", "--privileged", ...site.label, ...plain];
  const id = (await site.docker.output("run", ...options, site.images.dind, "--tls=false")).trim();
  try {
    const wait = `for try in $(seq ${limitSeconds * 50}); do docker info >/dev/null 2>&1 && exit 0; sleep 0.02; done; exit 1`;
    await site.docker.timed("exec", "--env", "DOCKER_HOST=unix:///var/run/docker.sock", id, "sh", "-c", wait);
    return (performance.now() - startedAt) / 1000;
  } finally {
    await site.docker.timed("rm", "--force", "--volumes", id);
  }
}
