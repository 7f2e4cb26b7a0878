import * as fc from "fast-check";
import { expect, test } from "vitest";
import { environmentValue } from "../../../src/job/image-config.ts";
import { autowireForm, type Form, planOf } from "./autowire-scene.ts";
import { dindImage, dockerImage, misfit, modelDaemon, otherImage } from "./dind-model.ts";

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const hosts = [
  "tcp://docker:2375",
  "tcp://docker:2376",
  "tcp://docker:4243",
  "tcp://mine:2375",
  "tcp://far.example:2376",
  "unix:///x.sock",
];
const variables = fc
  .record({
    DOCKER_HOST: optional(fc.constantFrom(...hosts)),
    DOCKER_TLS_CERTDIR: optional(fc.constantFrom("", "/certs", "/certs/", "/other/certs", "relative")),
    DOCKER_TLS_VERIFY: optional(fc.constantFrom("", "1")),
    DOCKER_CERT_PATH: optional(fc.constantFrom("/certs/client", "/root/.docker")),
    no_proxy: optional(fc.constantFrom("", "internal")),
    http_proxy: optional(fc.constant("http://proxy.test")),
  })
  .map((values) =>
    Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined)),
  );
const command = fc.oneof(
  fc.subarray([
    "--tls=false",
    "--mtu=1300",
    "--debug",
    "--host=tcp://0.0.0.0:2375",
    "--registry-mirror=https://own.test",
  ]),
  fc.constantFrom(["dockerd"], ["dockerd", "--host=tcp://0.0.0.0:2376", "--tls=false"], ["sh", "-c", "true"]),
);
const service = fc.record({
  name: fc.constantFrom("docker:dind", "registry.example/my-dind", "postgres:16"),
  alias: fc.constantFrom("", "mine"),
  command,
});
const form: fc.Arbitrary<Form> = fc.record({
  variables,
  services: fc.array(service, { minLength: 1, maxLength: 3 }),
  docker: fc.constantFrom(
    "privileged = true",
    "",
    'privileged = true\nvolumes = ["/certs/client"]',
    'volumes = ["/srv/c:/certs"]',
  ),
  build: fc.constantFrom(dockerImage, otherImage, { ...otherImage, env: ["DOCKER_TLS_VERIFY="] }),
  mtu: fc.constantFrom(1400, 1450),
});

test("what the user and the admin have set is never changed, whatever it is", () => {
  fc.assert(
    fc.property(form, (each) => {
      const before = planOf(each);
      const { plan } = autowireForm(each, before);
      for (const [key, value] of Object.entries(each.variables ?? {})) {
        const set = (entries: readonly string[]) => entries.filter((entry) => entry.startsWith(`${key}=`));
        expect(set(plan.environment)).toEqual([`${key}=${value}`]);
        expect(set(plan.build.env)).toEqual([`${key}=${value}`]);
        for (const { container } of plan.services) expect(set(container.env)).toEqual([`${key}=${value}`]);
      }
      expect(plan.services).toHaveLength(before.services.length);
      for (const [index, { container }] of plan.services.entries()) {
        const asked = before.services[index]?.container;
        expect(container.host.privileged).toBe(asked?.host.privileged);
        expect(container.entrypoint).toBe(asked?.entrypoint);
        expect(container.aliases.slice(0, asked?.aliases.length)).toEqual(asked?.aliases);
        expect((container.command ?? []).slice(0, asked?.command?.length ?? 0)).toEqual(asked?.command ?? []);
      }
      expect(plan.helper).toEqual(before.helper);
    }),
    { numRuns: 150 },
  );
});

test("a set of variables is never defined twice, and images' own count as set", () => {
  fc.assert(
    fc.property(form, (each) => {
      const { plan } = autowireForm(each);
      for (const env of [plan.build.env, plan.environment, ...plan.services.map(({ container }) => container.env)]) {
        const keys = env.map((entry) => entry.split("=", 1)[0]);
        expect(keys).toEqual([...new Set(keys)]);
      }
      const byImage = environmentValue(each.build?.env ?? [], "DOCKER_TLS_VERIFY");
      const byJob = each.variables?.["DOCKER_TLS_VERIFY"];
      if (byImage !== undefined && byJob === undefined)
        expect(environmentValue(plan.build.env, "DOCKER_TLS_VERIFY")).toBeUndefined();
    }),
    { numRuns: 200 },
  );
});

test("whenever a daemon is asked for its API, it is one that the job's docker reaches, or the log says what stands against it", () => {
  fc.assert(
    fc.property(form, (each) => {
      const { plan, report } = autowireForm(each);
      const asked = plan.services.filter(({ readiness }) => readiness.kind === "docker-api");
      // Both together: dockerd takes the variable for TLS of which nobody has certificates.
      fc.pre(asked.length > 0 && (each.variables?.["DOCKER_TLS_VERIFY"] ?? "") === "");
      for (const { readiness, container } of asked) {
        if (readiness.kind !== "docker-api") continue;
        const daemon = modelDaemon(container, dindImage);
        expect(daemon).toMatchObject({ tls: readiness.tls, waits: false });
        expect(daemon.ports).toContain(readiness.port);
      }
      if (report.some((line) => line.includes("stays, but"))) return;
      const isRelative = each.variables?.["DOCKER_TLS_CERTDIR"] === "relative";
      const isOthers =
        each.docker?.includes("/srv/c") === true || isRelative || each.variables?.["DOCKER_TLS_CERTDIR"] === "/certs/";
      if (!isOthers) expect(misfit(plan, { dind: dindImage, build: each.build ?? dockerImage })).toBe("");
    }),
    { numRuns: 150 },
  );
});
