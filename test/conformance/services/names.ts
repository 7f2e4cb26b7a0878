import { expect } from "vitest";
import { images } from "../../support/engine.ts";
import type { Case } from "../case.ts";
import { ask, built } from "./built.ts";
import { idle } from "./idle.ts";

const publicly = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([key, value]) => ({ key, value, public: true, masked: false, file: false, raw: false }));

/** GitLab Runner before 19.1 names the service, not the alias. */
const alreadyInUse = (image: string) =>
  new RegExp(`^WARNING: .*[Ss]ervice "?${image}"? .*already (?:in use|created)`, "m");

/** How services are reached, and what they know of the job. */
export const names: readonly Case[] = [
  {
    title: "a service is reached by its alias and by its image's name with / as __ and as -",
    prove: async (world) => {
      const path = built().server.replace(/:.*$/, "");
      const hosts = ["db", path.replaceAll("/", "__"), path.replaceAll("/", "-")];
      const { log } = await world.run({
        image: images.tiny,
        script: hosts.map((host) => ask(host)),
        parts: {
          services: [{ name: built().server, alias: "db" }],
          variables: publicly({ NAME: "the service", DELAY: "2" }),
        },
      });
      expect(log).toMatch(/\nJob succeeded\n$/);
      expect(log.match(/^hello from the service$/gm)).toHaveLength(3);
      expect(log).not.toContain("WARNING");
    },
  },
  {
    title: "an alias may be several names, separated by spaces and commas, with variables in them",
    job: {
      script: ["getent hosts one two three four"],
      parts: { services: [idle("one,two  $THIRD, four")], variables: publicly({ THIRD: "three" }) },
    },
    observed: { log: [/\n[\d.]+ +one\b.*\n[\d.]+ +two\b.*\n[\d.]+ +three\b.*\n[\d.]+ +four\b.*\n/] },
  },
  {
    title: "services reach each other and the build container by name",
    prove: async (world) => {
      const service = (alias: string, script: string) => ({ name: images.tiny, alias, command: ["sh", "-c", script] });
      const chain = "while :; do nc -w 5 last 8000 </dev/null | nc -l -p 8000; done";
      const last = "while :; do echo through all | nc -l -p 8000; done";
      const { log } = await world.run({
        image: images.tiny,
        script: [ask("first"), "nslookup build >/dev/null || ping -c 1 build >/dev/null; echo build is $?"],
        parts: { services: [service("first", chain), service("last", last)] },
      });
      expect(log).toContain("\nthrough all\n");
      expect(log).toContain("\nbuild is 0\n");
    },
    differs: "on the default bridge services don't see each other; with FF_NETWORK_PER_BUILD they do",
  },
  {
    title: "an image may be had twice, under two aliases; the names they share are the first one's, with a warning",
    prove: async (world) => {
      const { server } = built();
      const services = ["one", "two"].map((alias) => ({ name: server, alias, variables: publicly({ NAME: alias }) }));
      const { log } = await world.run({ image: images.tiny, script: [ask("one"), ask("two")], parts: { services } });
      expect(log).toContain("\nhello from one\n");
      expect(log).toContain("\nhello from two\n");
      expect(log).toMatch(alreadyInUse(server));
    },
  },
  {
    title: "a service all of whose names are taken is not started",
    prove: async (world) => {
      const { services, ended } = await world.look({ script: ["true"], parts: { services: [idle(), idle()] } });
      expect(services).toHaveLength(1);
      expect(ended.log).toMatch(alreadyInUse(images.tiny));
    },
  },
  {
    title: "a service's own variables are expanded with all of the job's",
    prove: async (world) => {
      const service = { ...idle("env"), variables: publicly({ OWN: "own of $HIDDEN" }) };
      const variables = [
        { key: "HIDDEN", value: "hidden-value", public: false, masked: false, file: false, raw: false },
      ];
      const { services } = await world.look({ script: ["true"], parts: { services: [service], variables } });
      expect(services[0]?.Config.Env).toContain("OWN=own of hidden-value");
    },
    differs: "before 19.3 with the public ones alone",
  },
  {
    title: "a service gets the public variables of the job and its own, these expanded, and no others",
    prove: async (world) => {
      const service = { ...idle("env"), variables: publicly({ OWN: "own of $OPEN", OPEN2: "service's" }) };
      const variables = [
        ...publicly({ OPEN: "open", OPEN2: "job's" }),
        { key: "HIDDEN", value: "hidden-value", public: false, masked: false, file: false, raw: false },
        { key: "MASKED", value: "masked-value", public: false, masked: true, file: false, raw: false },
      ];
      const { services, build } = await world.look({ script: ["true"], parts: { services: [service], variables } });
      const ofService = services[0]?.Config.Env ?? [];
      expect(ofService).toEqual(
        expect.arrayContaining(["OPEN=open", "OPEN2=service's", "OWN=own of open", "CI_SERVER=yes"]),
      );
      expect(ofService.filter((entry) => /^(?:HIDDEN|MASKED|CI_JOB_TOKEN)=/.test(entry))).toEqual([]);
      expect(build.Config.Env).toEqual(expect.arrayContaining(["HIDDEN=hidden-value", "MASKED=masked-value"]));
    },
  },
  {
    title: "a service is named in the log by its image when it starts",
    job: { script: ["true"], parts: { services: [idle()] } },
    observed: { log: [`Starting service ${images.tiny}...\n`] },
  },
];
