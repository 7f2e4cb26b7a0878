import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BuiltImage, buildImage } from "../../support/built-image.ts";
import { connectEngine, images } from "../../support/engine.ts";
import { sharedAgent } from "../../support/shared-agent.ts";

const { agent } = sharedAgent({
  concurrent: 3,
  runners: [{}, { tag: "short", docker: "wait_for_services_timeout = 3" }],
});

/** Serves one line on a port to everybody who connects, after a while. */
const server = `FROM ${images.tiny}
EXPOSE 8000
CMD ["sh", "-c", "echo the service starts; sleep \${DELAY:-0}; while :; do echo hello from $NAME | nc -l -p 8000; done"]
`;
const health = `FROM ${images.tiny}
HEALTHCHECK --interval=1s --start-period=30s CMD test -e /ready
CMD ["sh", "-c", "sleep 2; echo since-then >/ready; while :; do nc -l -p 9000 -e cat /ready; done"]
`;
let plain: BuiltImage;
let checked: BuiltImage;

beforeAll(async () => {
  plain = await buildImage(connectEngine(), server);
  checked = await buildImage(connectEngine(), health);
});

afterAll(async () => {
  await plain[Symbol.asyncDispose]();
  await checked[Symbol.asyncDispose]();
});

/** The server listens anew after each connection, of which the check of its port is one. */
const ask = (host: string, port = 8000) =>
  `until answer=$(nc -w 5 ${host} ${port} </dev/null) && [ -n "$answer" ]; do sleep 0.1; done; echo "$answer"`;
/** Both names that GitLab Runner makes of an image's. */
const namesOf = (image: string) => {
  const path = image.replace(/:.*$/, "");
  return [path.replaceAll("/", "__"), path.replaceAll("/", "-")];
};

describe.concurrent("a service", () => {
  it("is reached by its alias and by its image's names, once its port is open", async () => {
    const hosts = ["db", ...namesOf(plain.name)];
    const variables = { NAME: "the service", DELAY: "2" };
    const { job, log } = await agent().run({
      image: images.tiny,
      script: hosts.map((host) => ask(host)),
      services: [{ name: plain.name, alias: "db" }],
      variables: {},
      parts: {
        variables: Object.entries(variables).map(([key, value]) => ({ key, value, public: true })),
      },
    });
    expect(job.state).toBe("success");
    expect(log.match(/^hello from the service$/gm)).toHaveLength(3);
    expect(log).not.toContain("WARNING");
  });

  it("with a HEALTHCHECK is waited for until that is content", async () => {
    const { job, log } = await agent().run({
      image: images.tiny,
      script: [ask("checked", 9000)],
      services: [{ name: checked.name, alias: "checked" }],
    });
    expect(job.state).toBe("success");
    expect(log).toContain("\nsince-then\n");
  });

  it("has variables of its own, and public ones of the job, but no secrets of the job", async () => {
    const service = {
      name: images.tiny,
      alias: "env",
      command: [
        "sh",
        "-c",
        "while :; do env | grep -E '^(OPEN|OWN|HIDDEN|CI_JOB_TOKEN)=' | sort | nc -l -p 8000; done",
      ],
      variables: [{ key: "OWN", value: "own of $OPEN", public: true }],
    };
    const variables = [
      { key: "OPEN", value: "open", public: true },
      { key: "HEALTHCHECK_TCP_PORT", value: "8000", public: true },
      { key: "HIDDEN", value: "very-secret-value", public: false, masked: true },
    ];
    const { log } = await agent().run({
      image: images.tiny,
      script: [ask("env")],
      parts: { services: [service], variables },
    });
    expect(log).toMatch(/\nOPEN=open\nOWN=own of open\n/);
    expect(log).not.toMatch(/^(?:HIDDEN|CI_JOB_TOKEN)=/m);
  });

  it("that dies gives GitLab's warning with its log, and the job goes on", async () => {
    const service = { name: images.base, alias: "db", command: ["sh", "-c", "echo no room on the disk >&2; exit 3"] };
    const { job, log } = await agent().run({ script: ["echo goes on"], parts: { services: [service] } });
    expect(job.state).toBe("success");
    expect(log).toMatch(
      /\n\*\*\* WARNING: Service \S+ probably didn't start properly\.\n\nHealth check error:\n.*exit code 3.*\n\nService container logs:\n[^]*no room on the disk\n\n\*+\n/,
    );
    expect(log).toContain("\ngoes on\n");
  });

  it("whose port stays closed is given up after wait_for_services_timeout", async () => {
    const service = { name: plain.name, alias: "db", variables: [{ key: "DELAY", value: "1000" }] };
    const { job, log } = await agent().run({ script: ["echo goes on"], parts: { services: [service] } }, "short");
    expect(job.state).toBe("success");
    expect(log).toMatch(/Health check error:\nnot ready after 3 s[^]*Service container logs:\nthe service starts\n/);
  });

  it("without ports is not waited for", async () => {
    const service = { name: images.tiny, alias: "idle", command: ["sleep", "1000"] };
    const { job, log } = await agent().run({ script: ["echo goes on"], parts: { services: [service] } }, "short");
    expect(job.state).toBe("success");
    expect(log).not.toContain("WARNING");
  });

  it("may be had twice, under two aliases", async () => {
    const services = ["one", "two"].map((alias) => ({
      name: plain.name,
      alias,
      variables: [{ key: "NAME", value: alias, public: true }],
    }));
    const { log } = await agent().run({ image: images.tiny, script: [ask("one"), ask("two")], parts: { services } });
    expect(log).toContain("\nhello from one\n");
    expect(log).toContain("\nhello from two\n");
    expect(log).toMatch(/WARNING: Skipping alias ".*" for service .*: alias is already in use/);
  });
});
