import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BuiltImage, buildImage } from "../../support/built-image.ts";
import { connectEngine, containersOf, images } from "../../support/engine.ts";
import { findingsOf } from "../../support/findings.ts";
import { sharedAgent } from "../../support/shared-agent.ts";
import { type Fault, Faults } from "./fault.ts";

const faults = new Faults("how jobs and services end");
const { agent } = sharedAgent({
  concurrent: 2,
  runners: [
    { tag: "plain" },
    { tag: "little", docker: 'memory = "32m"\nmemory_swap = "32m"' },
    { tag: "little-services", docker: 'service_memory = "32m"\nservice_memory_swap = "32m"' },
    { tag: "socket", hostBuilds: true, docker: '[runners.docker.daemon]\nwiring = "socket"\n' },
  ],
});

/** What services say before they end, in the words of the images that they stand for. */
const lastWords = {
  postgres: "Error: Database is uninitialized and superuser password is not specified.",
  mysql: "Database is uninitialized and password option is not specified - MYSQL_ROOT_PASSWORD",
  elasticsearch: "max virtual memory areas vm.max_map_count [65530] is too low, increase to at least [262144]",
  api: "panic: no configuration",
};
let services: BuiltImage;

beforeAll(async () => {
  const cases = Object.entries(lastWords).map(([name, words]) => `${name}) echo "${words}" >&2; exit 3;;`);
  services = await buildImage(
    connectEngine(),
    `FROM ${images.tiny}\nCOPY entry.sh /\nENTRYPOINT ["sh", "/entry.sh"]\n`,
    { "entry.sh": `case "$1" in\n${cases.join("\n")}\nesac\nexec "$@"\n` },
  );
});

afterAll(async () => {
  faults.report();
  await services[Symbol.asyncDispose]();
});

/** The echo shows the first line of a command only: nobody can know from it who killed. */
const unseen = (command: string) => `: first line\n${command}`;
/** A busy host starts the script before a service that ends at once has ended. */
const onceGone = (alias: string) => [
  unseen(`gone() { case $(nc -w 1 ${alias} 5432 2>&1) in *"bad address"*) ;; *) return 1;; esac; }`),
  unseen("until gone; do sleep 0.1; done"),
  `nc ${alias} 5432`,
];
const asUser = { name: images.docker, executor_opts: { docker: { user: "1000" } } };

const table: readonly (Fault & { readonly image?: string })[] = [
  {
    title: "a command that takes more memory than the job may",
    rule: "out-of-memory",
    tag: "little",
    script: ["tail /dev/zero"],
    says: /limit of 32 MiB[^]*memory = "64m"/,
  },
  {
    title: "the same behind an exit code of a tool's own",
    rule: "out-of-memory",
    tag: "little",
    script: ["tail /dev/zero || exit 3"],
    says: /OOMKilled, exit code 3/,
  },
  {
    title: "a command that something kills",
    rule: "killed-by-sigkill",
    tag: "plain",
    script: [unseen("sh -c 'kill -9 $$'")],
    says: /a command of the script was killed \(SIGKILL\)[^]*not OOMKilled/,
  },
  {
    title: "a command that something ends",
    rule: "ended-by-sigterm",
    tag: "plain",
    script: [unseen("sh -c 'kill -TERM $$'")],
    says: /not by the runner/,
  },
  {
    title: "a container of the job's that something kills",
    rule: "killed-by-sigkill",
    tag: "socket",
    image: images.docker,
    script: [`: then docker run\ndocker run --rm ${images.base} sh -c 'sh -c "kill -9 \\$\\$"; exit $?'`],
    says: /State\.OOMKilled/,
  },
  {
    title: "files that a container made as root, and a job that isn't",
    rule: "project-files-denied",
    tag: "socket",
    script: [`docker run --rm -v "$PWD:/src" ${images.base} mkdir /src/dist`, "touch dist/report"],
    parts: { image: asUser },
    says: /user is 1000 .*dist\/report/,
  },
  {
    title: "a repository that a container made as root, and a job that isn't",
    rule: "dubious-ownership",
    tag: "socket",
    script: [`docker run --rm -v "$PWD:/src" ${images.docker} git init -q /src/other && git -C other status`],
    parts: { image: asUser },
    says: /safe\.directory '.*\/other'/,
  },
];

describe.concurrent("the first finding is right for", () => {
  it.for(table)("$title", async ({ image = images.base, ...fault }) => {
    await faults.prove(agent(), { parts: { image: { name: image } }, ...fault });
  });

  it.for([
    ["postgres", /POSTGRES_PASSWORD/],
    ["mysql", /MYSQL_ROOT_PASSWORD/],
    ["elasticsearch", /sysctl -w vm\.max_map_count=262144/],
    ["api", /own last words.*\n.*panic: no configuration/],
  ] as const)("a service that ended: %s", async ([alias, says]) => {
    await faults.prove(agent(), {
      title: alias,
      rule: "service-died",
      tag: "plain",
      script: onceGone(alias),
      services: [{ name: services.name, alias, command: [alias] }],
      parts: { image: { name: images.tiny } },
      says,
    });
  });

  it("a service that took more memory than it may", async () => {
    const service = { name: services.name, alias: "cache", command: ["tail", "/dev/zero"] };
    await faults.prove(agent(), {
      title: "",
      rule: "service-died",
      tag: "little-services",
      script: onceGone("cache"),
      services: [service],
      parts: { image: { name: images.tiny } },
      says: /memory ran out[^]*service_memory/,
    });
  });

  it("an entrypoint that goes on for ever", async () => {
    const image = {
      name: images.tiny,
      entrypoint: ["sh", "-c", "trap exit TERM; echo listening; while :; do sleep 0.1; done"],
    };
    await faults.prove(agent(), {
      title: "",
      rule: "entrypoint-swallows-script",
      tag: "plain",
      parts: { image, runner_info: { timeout: 4 } },
      says: /until the job's time was over/,
    });
  });

  it("a build container that is killed from outside", async () => {
    const job = await agent().start(
      { image: images.base, script: ["echo it runs; while :; do sleep 0.1; done"] },
      "plain",
    );
    await agent().shows(job, "\nit runs\n");
    const [container = ""] = await containersOf(agent().engine, agent().agentId, job.id, "build");
    await agent().engine.getContainer(container).kill();
    const { log } = await agent().ended(job);
    expect(findingsOf(log)[0]).toBe("killed-by-sigkill");
  });

  it("a job that succeeds and did nothing", async () => {
    const parts = { image: { name: images.base, entrypoint: ["echo"] } };
    const { job, log } = await agent().run({ script: ["false"], parts }, "plain");
    expect(job.state).toBe("success");
    expect(findingsOf(log)).toEqual(["script-not-run"]);
  });
});
