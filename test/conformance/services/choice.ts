import { expect } from "vitest";
import { images } from "../../support/engine.ts";
import type { Case } from "../case.ts";
import { idle } from "./idle.ts";

const refused = { state: "failed", failureReason: "runner_configuration_error" } as const;

/** Which services a job has. */
export const choice: readonly Case[] = [
  {
    title: "those of config.toml come first, then the job's, numbered in this order",
    config: {
      docker: `[[runners.docker.services]]\nname = "${images.base}"\nalias = "always-on"\ncommand = ["sleep", "600"]`,
    },
    prove: async (world) => {
      const script = ["getent hosts always-on job-s"];
      const { services, ended } = await world.look({ script, parts: { services: [idle("job-s")] } });
      const kinds = services.map(({ Name }) => /(base|tiny)-\d$/.exec(Name)?.[0]);
      expect(kinds).toEqual(["base-0", "tiny-1"]);
      expect(ended.log).toMatch(/\$ getent hosts always-on job-s\n.* always-on\b.*\n.* job-s\b.*\n/);
    },
  },
  {
    title: "services of config.toml may have variables in name and alias, and a command, entrypoint and environment",
    config: {
      docker: `[[runners.docker.services]]
name = "longshore-dev/$KIND"
alias = "db-$SUFFIX"
entrypoint = ["/bin/sh", "-c"]
command = ["sleep 600"]
environment = ["OWN=of $SUFFIX"]`,
    },
    prove: async (world) => {
      const variables = { KIND: images.tiny.split("/")[1] ?? "", SUFFIX: "one" };
      const { services, ended } = await world.look({ script: ["getent hosts db-one"], variables });
      expect(services[0]?.Config).toMatchObject({ Entrypoint: ["/bin/sh", "-c"], Cmd: ["sleep 600"] });
      expect(services[0]?.Config.Env).toContain("OWN=of one");
      expect(ended.log).toMatch(/ db-one\n/);
    },
  },
  {
    title: "a service whose name comes to nothing is left out",
    config: { docker: '[[runners.docker.services]]\nname = "$NOTHING"' },
    job: { script: ["echo runs"] },
    observed: { log: ["\nruns\n"], absent: ["Starting service"] },
  },
  {
    title: "a service with an alias whose name comes to nothing is a configuration error",
    config: { docker: '[[runners.docker.services]]\nname = "$NOTHING"\nalias = "db"' },
    job: { script: ["true"] },
    observed: { ...refused, log: [/invalid service image name/] },
  },
  {
    title: "services_limit counts those of config.toml, too",
    config: { docker: `services_limit = 1\n[[runners.docker.services]]\nname = "${images.tiny}"` },
    job: { script: ["true"], parts: { services: [idle("more")] } },
    observed: { state: "failed", log: ["too many services requested: 2, only 1 allowed"] },
  },
  {
    title: "services_limit is kept by as many",
    config: { docker: "services_limit = 1" },
    job: { script: ["echo runs"], parts: { services: [idle("one")] } },
    observed: { log: ["\nruns\n"] },
  },
  {
    title: "a service that allowed_services doesn't have is refused, with what it has",
    config: { docker: 'allowed_services = ["postgres:*", "**/redis:*"]' },
    job: { script: ["true"], parts: { services: [idle("one")] } },
    observed: {
      state: "failed",
      log: [
        `The "${images.tiny}" image is not present on list of allowed services:`,
        /allowed services:[^:]*postgres:\*[^:]*\*\*\/redis:\*/,
      ],
    },
  },
  {
    title: "what config.toml has as a service the job may have, too, whatever allowed_services has",
    config: { docker: `allowed_services = ["postgres:*"]\n[[runners.docker.services]]\nname = "${images.tiny}"` },
    job: { script: ["echo runs"], parts: { services: [idle("again")] } },
    observed: { log: ["\nruns\n"] },
  },
  {
    title: "a service has the command, entrypoint and user that the job gives it",
    prove: async (world) => {
      const service = {
        name: images.tiny,
        alias: "s",
        entrypoint: ["/bin/sh"],
        command: ["-c", "sleep 600"],
        executor_opts: { docker: { user: "33" } },
      };
      const { services } = await world.look({ script: ["true"], parts: { services: [service] } });
      expect(services[0]?.Config).toMatchObject({ Entrypoint: ["/bin/sh"], Cmd: ["-c", "sleep 600"], User: "33" });
    },
  },
  {
    title: "variables in a service's user are expanded",
    prove: async (world) => {
      const service = { ...idle("s"), executor_opts: { docker: { user: "$WHO" } } };
      const job = { script: ["true"], variables: { WHO: "33" }, parts: { services: [service] } };
      expect((await world.look(job)).services[0]?.Config.User).toBe("33");
    },
    differs: "not before 18.6",
  },
  {
    title: "disable_entrypoint_overwrite holds for services, with a warning",
    config: { docker: "disable_entrypoint_overwrite = true" },
    prove: async (world) => {
      const service = { name: images.docker, alias: "s", entrypoint: ["/bin/sh"], command: ["sleep", "600"] };
      const { services, ended } = await world.look({ script: ["true"], parts: { services: [service] } });
      const { Config } = await world.engine.getImage(images.docker).inspect();
      expect(services[0]?.Config.Entrypoint).toEqual(Config.Entrypoint);
      expect(services[0]?.Config.Cmd).toEqual(["sleep", "600"]);
      expect(ended.log).toContain("WARNING: Entrypoint override disabled\n");
    },
  },
  {
    title: "a service has a pull policy of its own",
    config: { docker: 'allowed_pull_policies = ["if-not-present", "never"]' },
    job: { script: ["true"], parts: { services: [{ ...idle("s"), pull_policy: ["never"] }] } },
    observed: { log: [`Using effective pull policy of [never] for container ${images.tiny}\n`] },
    differs: "before 18.0 the log doesn't name the policy",
  },
  {
    title: "services see the builds and the volumes of config.toml at the same places",
    config: { docker: 'volumes = ["/shared"]' },
    prove: async (world) => {
      const { build, services } = await world.look({ script: ["true"], parts: { services: [idle("s")] } });
      expect(services[0]?.HostConfig.Binds?.toSorted()).toEqual(build.HostConfig.Binds?.toSorted());
      const places = build.HostConfig.Binds?.map((text) => text.split(":")[1]);
      expect(places).toEqual(expect.arrayContaining(["/builds", "/shared"]));
    },
  },
];
