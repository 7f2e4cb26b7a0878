import { readFile } from "node:fs/promises";
import { images } from "../../support/engine.ts";
import { type Fault, quoted } from "./fault.ts";

/** CAP_SYS_RESOURCE, without which runc alone can't start a privileged container. */
const resourceBit = 1n << 24n;

/** Faults of the way from a job to its own Docker daemon. */
export const wiringFaults: readonly Fault[] = [
  {
    title: "a builds directory that can't be mounted",
    put: () => ({
      settings: { builds_dir: '"/etc/hostname/builds"' },
      daemon: 'wiring = "socket"',
      check: "bind-path",
      verdict: "fail",
      finding: /\/etc\/hostname\/builds can't be mounted/,
      fix: /builds_dir = /,
    }),
  },
  {
    title: "a builds directory that is another one on the host",
    put: ({ directory }) => ({
      settings: { builds_dir: '"/builds"' },
      docker: { volumes: `[${quoted(`${directory}/elsewhere:/builds`)}]` },
      daemon: 'wiring = "socket"',
      check: "bind-path",
      verdict: "warn",
      finding: /finds another directory on the host/,
      fix: /volumes = \[.*elsewhere:.*elsewhere"\]/,
    }),
  },
  {
    title: "a socket that is not on the daemon's host",
    put: ({ directory }) => ({
      daemon: `wiring = "socket"\nsocket_path = ${quoted(`${directory}/none.sock`)}`,
      check: "job-daemon",
      verdict: "fail",
      finding: /no socket .*none\.sock/,
      fix: /socket_path = /,
    }),
  },
  {
    title: "a daemon elsewhere that jobs can't reach",
    waits: true,
    put: ({ address }) => ({
      daemon: `wiring = "tcp"\naddress = "tcp://${address}:9"`,
      check: "job-daemon",
      verdict: "fail",
      finding: /can't be reached from a job's network/,
      fix: /`address`/,
    }),
  },
  {
    title: "a network on which a dind would not be found",
    put: () => ({
      docker: { network_mode: '"host"' },
      daemon: `wiring = "dind"\nimage = ${quoted(images.dind)}`,
      check: "entry",
      verdict: "fail",
      finding: /wiring = "dind" can't work with network_mode = "host"/,
      fix: /remove network_mode/,
      also: ["configuration"],
    }),
  },
  {
    title: "an image that is no dind",
    put: () => ({
      daemon: `wiring = "dind"\nimage = ${quoted(images.base)}`,
      check: "job-daemon",
      verdict: "fail",
      finding: /does not come up/,
      fix: /image = "docker:dind"/,
    }),
  },
  {
    title: "a runtime that starts no privileged container",
    put: async () => {
      const capabilities = /CapBnd:\s*([0-9a-f]+)/.exec(await readFile("/proc/self/status", "utf8"))?.[1] ?? "0";
      if ((BigInt(`0x${capabilities}`) & resourceBit) !== 0n) return null;
      return {
        docker: { runtime: '"runc"' },
        daemon: `wiring = "dind"\nimage = ${quoted(images.dind)}`,
        check: "privileged",
        verdict: "fail",
        finding: /privileged containers don't start/,
        fix: /wiring = "socket".*runtime/,
        also: ["job-daemon"],
      };
    },
  },
];
