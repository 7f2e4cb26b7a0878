import { expect } from "vitest";
import { images } from "../../support/engine.ts";
import type { Case } from "../case.ts";

/** Prints a line, another on the error stream, and one more when the script has begun. */
const talker = (text: string) => ({
  name: images.base,
  alias: "talker",
  entrypoint: ["sh", "-c"],
  command: [`echo "${text}"; echo "to stderr" >&2; sleep 300`],
});
const asked = { CI_DEBUG_SERVICES: "true" };
const wait = ["sleep 1.5"];

export const serviceLogs: readonly Case[] = [
  {
    title:
      "with CI_DEBUG_SERVICES what services print is in the log while the job runs, grey, with their names and times, masked",
    prove: async (world) => {
      const job = await world.start({
        script: ["sleep 3"],
        variables: asked,
        secrets: { SECRET: "service-secret-22" },
        parts: { services: [talker("it says service-secret-22")] },
      });
      await world.shows(job, "to stderr");
      const { raw, log } = await world.ended(job);
      const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z`;
      expect(raw).toMatch(
        new RegExp(`\\u001B\\[0;37m\\[service:[^\\]]*talker[^\\]]*\\] ${time} it says \\[MASKED\\]\\u001B\\[0;m\n`),
      );
      expect(log).toMatch(/\n\[service:[^\]]*talker[^\]]*\] \S+ to stderr\n/);
      expect(log).not.toContain("service-secret");
      expect(job.state).toBe("success");
    },
  },
  {
    title: "with time stamps what services print has the stream 0f",
    config: { flags: "FF_TIMESTAMPS = true" },
    prove: async (world) => {
      const { raw } = await world.run({ script: wait, variables: asked, parts: { services: [talker("a word")] } });
      expect(raw).toMatch(/^\S{27} 0fO .{7}\[service:[^\]]*talker[^\]]*\] \S{30} a word.{5}$/m);
    },
  },
  {
    title: "a long line of a service is shown in parts, and secrets that lie across them are hidden",
    job: {
      script: wait,
      variables: asked,
      secrets: { SECRET: "service-secret-22" },
      parts: {
        services: [
          {
            name: images.base,
            alias: "talker",
            entrypoint: ["sh", "-c"],
            command: [
              "head -c 16343 /dev/zero | tr '\\0' x; printf service-secret-22; head -c 18 /dev/zero | tr '\\0' y; echo service-secret-22 and on; echo more; sleep 300",
            ],
          },
        ],
      },
    },
    observed: {
      log: [/x{16343}\n\[service:\S+ \S+Z \[MASKED\]y{18}\[MASKED\] and on\n\[service:\S+ \S+Z more\n/],
      absent: ["xserv", "yserv", "e-secret-22"],
    },
    differs: "a secret that lies where the daemon cuts a long line is shown there, in two halves",
  },
  {
    title: "a value of CI_DEBUG_SERVICES that is no boolean is told of, and counts as false",
    job: { script: wait, variables: { CI_DEBUG_SERVICES: "blammo" }, parts: { services: [talker("a word")] } },
    observed: {
      log: ['WARNING: CI_DEBUG_SERVICES: expected bool got "blammo", using default value: false'],
      absent: ["[service:"],
    },
  },
  {
    title: "debug_trace_disabled forbids both CI_DEBUG_TRACE and CI_DEBUG_SERVICES, and the log says so",
    config: { settings: "debug_trace_disabled = true" },
    job: {
      script: wait,
      variables: { ...asked, CI_DEBUG_TRACE: "true" },
      parts: { services: [talker("a word")] },
    },
    observed: {
      log: ["CI_DEBUG_TRACE: usage is disabled on this Runner", "CI_DEBUG_SERVICES: usage is disabled on this Runner"],
      absent: ["[service:", "\n+ sleep"],
    },
  },
  {
    title: "a service that has ended does not hold the job, and all that it printed is there",
    job: {
      script: wait,
      variables: asked,
      parts: {
        services: [
          {
            name: images.base,
            alias: "short",
            entrypoint: ["sh", "-c"],
            command: ["seq -f 'number %.0f' 1 300; printf 'no end'"],
          },
        ],
      },
    },
    observed: { log: [/\] \S+ number 1\n/, /\] \S+ number 300\n[^]*\] \S+ no end\n/] },
  },
];
