import { type Autowired, autowire, isOfJob } from "../../../src/job/autowire.ts";
import type { DaemonWiring } from "../../../src/daemon/contribution.ts";
import type { ImageConfig } from "../../../src/job/image-config.ts";
import { type OwnDind, recogniseDind } from "../../../src/job/own-dind.ts";
import type { JobPlan } from "../../../src/job/plan.ts";
import type { Surroundings } from "../../../src/job/surroundings.ts";
import { planJob } from "../../../src/job/plan-job.ts";
import { dindImage, dockerImage } from "./dind-model.ts";
import { payloadOf, readRunner, surroundingsOf } from "./plan-case.ts";

/** One form in which people bring a dind: what stands in .gitlab-ci.yml and in config.toml. */
export interface Form {
  readonly variables?: Readonly<Record<string, string>>;
  /** Default: docker:dind alone. */
  readonly services?: readonly {
    readonly name: string;
    readonly alias?: string;
    readonly command?: readonly string[];
    readonly entrypoint?: readonly string[];
    readonly variables?: Readonly<Record<string, string>>;
  }[];
  /** Lines of [runners.docker]; default privileged = true. */
  readonly docker?: string;
  /** Tables after them. */
  readonly tables?: string;
  /** Default: none. */
  readonly wiring?: DaemonWiring;
  readonly build?: ImageConfig;
  readonly dind?: ImageConfig;
  /** Keys of the daemon's configuration file. */
  readonly configured?: readonly string[];
  readonly mtu?: number;
  readonly surroundings?: Partial<Surroundings>;
}

const pem = (name: string) => ({ ca: `ca of ${name}`, cert: `cert of ${name}`, key: `key of ${name}` });
const toVariables = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([key, value]) => ({ key, value, public: true }));

const runners = new Map<string, ReturnType<typeof readRunner>>();

/** Reading a configuration takes longer than all that is tried out with it. */
function runnerOf(config: string): ReturnType<typeof readRunner> {
  const runner = runners.get(config) ?? readRunner(config);
  runners.set(config, runner);
  return runner;
}

export function planOf(form: Form): JobPlan {
  const services = (form.services ?? [{ name: "docker:dind" }]).map((service) => ({
    ...service,
    variables: toVariables(service.variables ?? {}),
  }));
  const runner = runnerOf(`[[runners]]
url = "https://gitlab.test"
token = "glrt-t1_abcdefghijklmnop"
executor = "docker"
[runners.docker]
image = "docker:latest"
${form.docker ?? "privileged = true"}
${form.tables ?? ""}
`);
  return planJob({
    payload: payloadOf({ services, variables: toVariables(form.variables ?? {}) }),
    runner,
    agent: {
      protocolVersion: "19.4.0",
      revision: "0",
      architecture: "amd64",
      systemId: "s_1",
      agentId: "a",
      bootId: "b",
    },
    slot: { runner: 0, project: 0 },
    suffix: "0a1b2c3d",
    wiring: form.wiring ?? { kind: "none" },
    surroundings: surroundingsOf({ networkMtu: form.mtu ?? null }),
    serverTls: { ca: "", cert: "", key: "" },
    defaultHelperImage: "helper",
  });
}

/** The services whose images are dinds, by name: everything else is a database. */
export function dindsOf(plan: JobPlan, form: Form): OwnDind[] {
  return plan.services.filter(isOfJob).flatMap((service) => {
    const image = service.container.image.includes("dind") ? (form.dind ?? dindImage) : postgres;
    const daemon = recogniseDind(service.container, image);
    return daemon === null ? [] : [{ service, image, daemon, configured: new Set(form.configured ?? []) }];
  });
}

const postgres: ImageConfig = {
  entrypoint: ["docker-entrypoint.sh"],
  command: ["postgres"],
  env: ["PG_MAJOR=16"],
  volumes: ["/var/lib/postgresql/data"],
  user: "",
};

export function autowireForm(form: Form, plan = planOf(form)): Autowired {
  return autowire(plan, {
    dinds: dindsOf(plan, form),
    buildImage: form.build ?? dockerImage,
    certificates: { server: pem("server"), client: pem("client") },
    ...surroundingsOf({ networkMtu: form.mtu ?? null, ...form.surroundings }),
  });
}
