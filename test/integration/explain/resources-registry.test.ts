import { afterAll, beforeAll, describe, it } from "vitest";
import { startTestAgent, type TestAgent } from "../../support/agent.ts";
import { startTestCoordinator, type TestCoordinator } from "../../support/coordinator.ts";
import { connectEngine, hostAddress, images } from "../../support/engine.ts";
import { startRefusingRegistry, type RefusingRegistry } from "../../support/refusing-registry.ts";
import { startRegistry, type TestRegistry } from "../../support/registry.ts";
import { type Fault, Faults } from "./fault.ts";

const faults = new Faults("registries and images");
let coordinator: TestCoordinator;
let agent: TestAgent;
let refusing: RefusingRegistry;
let registry: TestRegistry;

beforeAll(async () => {
  const engine = connectEngine();
  const address = await hostAddress(engine);
  coordinator = await startTestCoordinator({ listen: [`${address}:0`] });
  refusing = await startRefusingRegistry(address);
  registry = await startRegistry(engine, () => false);
  agent = await startTestAgent({
    coordinator,
    runners: [
      { tag: "socket", hostBuilds: true, docker: '[runners.docker.daemon]\nwiring = "socket"\n' },
      { tag: "never", docker: 'allowed_pull_policies = ["never", "if-not-present"]' },
      {
        tag: "dind",
        docker: `volumes = ["${registry.certificates}:/etc/docker/certs.d:ro"]\n[runners.docker.daemon]\nwiring = "dind"\nimage = "${images.dind}"\n`,
      },
    ],
  });
});

afterAll(async () => {
  faults.report();
  await agent[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
  await refusing[Symbol.asyncDispose]();
  await coordinator[Symbol.asyncDispose]();
});

/** One image name, as the job's own and in its script. */
interface Refusal {
  readonly title: string;
  readonly rule: string;
  /** Known when the registries run. */
  readonly image: () => string;
}

const refusals: Refusal[] = [
  { title: "a tag that is not there", rule: "image-not-found", image: () => `${refusing.local}/missing/app:1` },
  { title: "a registry that wants a login", rule: "registry-denied", image: () => `${refusing.local}/login/app:1` },
  { title: "an image that is private", rule: "registry-denied", image: () => `${refusing.local}/private/app:1` },
  { title: "one pull too many", rule: "registry-rate-limit", image: () => `${refusing.local}/limited/app:1` },
  { title: "an image for others", rule: "platform-missing", image: () => `${refusing.local}/foreign/app:1` },
  { title: "a registry without TLS", rule: "registry-plain-http", image: () => `${refusing.plain}/any/app:1` },
  { title: "a strange authority", rule: "registry-certificate", image: () => `${refusing.unknown}/any/app:1` },
  { title: "a registry of nobody's", rule: "registry-unreachable", image: () => "registry.invalid/app:1" },
  { title: "a port where nobody listens", rule: "registry-unreachable", image: () => "127.0.0.1:9/app:1" },
];

describe.concurrent("an image that can't be pulled", () => {
  it.each(refusals)("is explained when the job wants to run in it: $title", async ({ title, rule, image }) => {
    await faults.prove(agent, { title, rule, tag: "socket", parts: { image: { name: image() } } });
  });

  it.each(refusals)("is explained when the script pulls it: $title", async ({ title, rule, image }) => {
    await faults.prove(agent, { title, rule, tag: "socket", script: [`docker pull ${image()}`] });
  });

  it.each(refusals.slice(0, 4))("is explained when a build starts from it: $title", async ({ title, rule, image }) => {
    const script = [`echo 'FROM ${image()}' >Dockerfile`, "docker build ."];
    await faults.prove(agent, { title, rule, tag: "socket", script });
  });
});

const others: (Fault & { readonly of: () => readonly string[] })[] = [
  {
    title: "a pull without the login of a real registry, from a daemon that knows its authority",
    rule: "registry-denied",
    tag: "dind",
    of: () => [`docker pull ${registry.host}/app:1`],
    says: /no basic auth credentials/,
  },
  {
    title: "a push without it",
    rule: "registry-denied",
    tag: "dind",
    of: () => [
      "cp /bin/busybox .; printf 'FROM scratch\\nCOPY busybox /\\n' >Dockerfile",
      `docker build -q -t ${registry.host}/app:1 .`,
      `docker push ${registry.host}/app:1`,
    ],
    says: /docker login/,
  },
  {
    title: "a login that is wrong",
    rule: "registry-denied",
    tag: "dind",
    of: () => [`echo wrong | docker login -u me --password-stdin ${registry.host}`],
    says: /does not take the login/,
  },
  {
    title: "an image that another job built in its own daemon",
    rule: "image-not-on-daemon",
    tag: "dind",
    of: () => ["docker tag app:1 app:2"],
    says: /is this job's own/,
  },
  {
    title: "an image that must not be pulled",
    rule: "image-not-on-daemon",
    tag: "never",
    of: () => ["true"],
    parts: { image: { name: "longshore-test/nowhere:1", pull_policy: ["never"] } },
    says: /pull policy/,
  },
];

describe.concurrent("a registry, and a daemon of the job's own", () => {
  it.each(others)("$title is explained", async ({ of, ...fault }) => {
    await faults.prove(agent, { ...fault, script: of() });
  });
});
