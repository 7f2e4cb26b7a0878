import { expect } from "vitest";
import { images } from "../../support/engine.ts";
import type { Case, CaseConfig } from "../case.ts";
import { built } from "./built.ts";
import { idle } from "./idle.ts";

const short: CaseConfig = { docker: "wait_for_services_timeout = 2" };
const set = (key: string, value: string) => ({ key, value, public: true, masked: false, file: false, raw: false });

/** Opens a port only when the script would long have begun, and says so in the volume of the builds, which all see. */
const slow = (port: number) => ["sh", "-c", `sleep 2; touch /builds/open; while :; do nc -l -p ${port}; done`];
const begun = "if [ -e /builds/open ]; then echo it was open; fi";

/** When a service counts as ready, and what is said when it isn't. */
export const readiness: readonly Case[] = [
  {
    title: "the script begins when a port that the service exposes is open",
    prove: async (world) => {
      const service = { name: built().server, alias: "db", command: slow(8000) };
      const { log } = await world.run({ script: [begun], parts: { services: [service] } });
      expect(log).toContain("Waiting for services to be up and running (timeout 30 seconds)...\n");
      expect(log).toContain("\nit was open\n");
    },
  },
  {
    title: "HEALTHCHECK_TCP_PORT among the service's variables names the port",
    prove: async (world) => {
      const service = { ...idle("db"), command: slow(9000), variables: [set("HEALTHCHECK_TCP_PORT", "9000")] };
      const { log } = await world.run({ script: [begun], parts: { services: [service] } });
      expect(log).toContain("\nit was open\n");
      expect(log).not.toContain("WARNING");
    },
    differs: "before 18.7 only with FF_NETWORK_PER_BUILD",
  },
  {
    title: "HEALTHCHECK_TCP_PORT in the service's image names it, too, in place of what the image exposes",
    prove: async (world) => {
      const service = { name: built().portInImage, alias: "db", command: slow(8000) };
      const { log } = await world.run({ script: [begun], parts: { services: [service] } });
      expect(log).toContain("\nit was open\n");
      expect(log).not.toContain("WARNING");
    },
  },
  {
    title: "a HEALTHCHECK_TCP_PORT that is no port is warned of",
    prove: async (world) => {
      const service = { ...idle("db"), variables: [set("HEALTHCHECK_TCP_PORT", "http")] };
      const { log } = await world.run({ script: ["echo goes on"], parts: { services: [service] } });
      expect(log).toMatch(/\nJob succeeded\n$/);
      expect(log).toMatch(/Health check error:\n.*invalid health check tcp port: http\n/);
    },
    differs: "since 18.7 the job fails; before, nothing is said of the port",
  },
  {
    title: "of many ports the twenty lowest are looked at",
    config: short,
    prove: async (world) => {
      const services = [{ name: built().manyPorts, alias: "db" }];
      const { log } = await world.run({ script: ["echo goes on"], services });
      expect(log).toMatch(/Health check error:\n.*7019 is open\n/);
      expect(log).toContain("\ngoes on\n");
    },
    differs: "before 18.7 at all of them, or with FF_NETWORK_PER_BUILD at any twenty",
  },
  {
    title: "a HEALTHCHECK of the image is waited for",
    prove: async (world) => {
      const services = [{ name: built().checked, alias: "checked" }];
      const { log } = await world.run({ script: [begun], services });
      expect(log).toContain("\nit was open\n");
      expect(log).not.toContain("WARNING");
    },
    differs: "it doesn't look at HEALTHCHECK",
  },
  {
    title: "a service whose port stays closed is given up after wait_for_services_timeout; the job goes on",
    config: short,
    prove: async (world) => {
      const service = { name: built().server, alias: "db", variables: [set("DELAY", "1000")] };
      const { log } = await world.run({ script: ["echo goes on"], parts: { services: [service] } });
      expect(log).toMatch(/\nJob succeeded\n$/);
      expect(log).toContain("(timeout 2 seconds)");
      expect(log).toMatch(
        /\n\*\*\* WARNING: Service runner-\S+ probably didn't start properly\.\n\nHealth check error:\n[^]+Service container logs:\n[^]*the service starts\n[^]*\n\*+\n/,
      );
    },
  },
  {
    title: "a negative wait_for_services_timeout waits for nothing",
    config: { docker: "wait_for_services_timeout = -1" },
    prove: async (world) => {
      const service = { name: built().server, alias: "db", variables: [set("DELAY", "1000")] };
      const { log } = await world.run({ script: ["echo goes on"], parts: { services: [service] } });
      expect(log).not.toMatch(/Waiting for services|probably didn't start/);
      expect(log).toContain("\ngoes on\n");
    },
  },
  {
    title: "a service that dies is warned of at once, with its exit code and its log; the job goes on",
    job: {
      script: ["echo goes on"],
      parts: {
        services: [{ name: images.base, alias: "db", command: ["sh", "-c", "echo no room on the disk >&2; exit 3"] }],
      },
    },
    observed: {
      log: [
        /\n\*\*\* WARNING: Service \S+ probably didn't start properly\.\n\nHealth check error:\n.*exit code 3.*\n\nService container logs:\n[^]*no room on the disk\n\n\*+\n/,
        "\ngoes on\n",
      ],
    },
    differs: "it says that the service has no exposed ports",
  },
  {
    title: "a service without ports is not waited for",
    config: short,
    job: {
      script: ["echo goes on"],
      parts: { services: [idle("db")] },
    },
    observed: { log: ["\ngoes on\n"], absent: ["WARNING"] },
    differs: "it is warned of as not started properly, after up to 10 s",
  },
];
