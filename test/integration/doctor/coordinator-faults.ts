import { startTestCoordinator } from "../../support/coordinator.ts";
import { type Fault, quoted } from "./fault.ts";
import {
  coordinatorBehindNarrowLink,
  coordinatorInMaintenance,
  privateCoordinator,
  skewedCoordinator,
} from "./sick-servers.ts";

/** Faults of config.toml, of the coordinator, and of the way to it. */
export const coordinatorFaults: readonly Fault[] = [
  {
    title: "a value that config.toml can't have, with exit code 2",
    put: () => ({
      docker: { pull_policy: '"sometimes"' },
      check: "configuration",
      verdict: "fail",
      finding: /config\.toml:\d+:\d+: runners\[0\]\.docker\.pull_policy: .*"sometimes"/,
      fix: /set pull_policy = "always".*\[CONFIG_VALUE\]/,
      exitCode: 2,
    }),
  },
  {
    title: "a key that is no key",
    put: () => ({
      docker: { priviliged: "true" },
      check: "configuration",
      verdict: "warn",
      finding: /priviliged.*privileged/,
      fix: /correct or remove/,
    }),
  },
  {
    title: "an entry for another executor",
    put: () => ({
      settings: { executor: '"shell"' },
      check: "entry",
      verdict: "fail",
      finding: /shell/,
      fix: /executor = "docker"/,
      also: ["configuration"],
    }),
  },
  {
    title: "a token that the coordinator does not know",
    put: () => ({
      settings: { token: '"glrt-wrong-token-0000"' },
      check: "coordinator",
      verdict: "fail",
      finding: /refuses the token/,
      fix: /token = .*longshore register/,
    }),
  },
  {
    title: "a coordinator that nobody answers for",
    put: ({ coordinator }) => ({
      settings: { url: '"http://127.0.0.1:9"', clone_url: quoted(coordinator.url) },
      check: "coordinator",
      verdict: "fail",
      finding: /can't be reached: connection refused/,
      fix: /url = /,
    }),
  },
  {
    title: "a coordinator that is down for maintenance",
    put: async ({ address }, undo) => {
      const { url } = undo.use(await coordinatorInMaintenance(address));
      return {
        settings: { url: quoted(url) },
        check: "coordinator",
        verdict: "fail",
        finding: /answers with status 503/,
        fix: /coordinator is well/,
        also: ["clone-url"],
      };
    },
  },
  {
    title: "a clock that goes wrong",
    put: async ({ address }, undo) => {
      const { url } = undo.use(await skewedCoordinator(address, -600_000));
      return {
        settings: { url: quoted(url) },
        check: "clock",
        verdict: "fail",
        finding: /clock is (?:599|600|601) s ahead of the coordinator's/,
        fix: /timedatectl set-ntp true/,
      };
    },
  },
  {
    title: "a certificate of an authority that nobody knows",
    put: async ({ address }, undo) => {
      const { url } = undo.use(await privateCoordinator(address));
      return {
        settings: { url: quoted(url) },
        check: "coordinator",
        verdict: "fail",
        finding: /certificate of https:\S+ is not trusted/,
        fix: /tls-ca-file = /,
        also: ["clone-url"],
      };
    },
  },
  {
    title: "a coordinator that answers this machine and no container",
    put: async (_, undo) => {
      const { url, runner } = undo.use(await startTestCoordinator());
      return {
        settings: { url: quoted(url), token: quoted(runner.token) },
        check: "clone-url",
        verdict: "fail",
        finding: /git in a job's container can't reach http:\/\/127\.0\.0\.1:\d+ \(url\)/,
        fix: /clone_url = "http:\/\/HOST:\d+".*is the container itself/,
      };
    },
  },
  {
    title: "a clone_url with a name that containers can't resolve",
    put: () => ({
      settings: { clone_url: '"http://gitlab.invalid"' },
      check: "name-resolution",
      verdict: "fail",
      finding: /"gitlab\.invalid" can't be resolved/,
      fix: /dns = \[/,
      also: ["clone-url"],
    }),
  },
  {
    title: "packets of full size that get lost",
    waits: true,
    put: async ({ address }, undo) => {
      const { url } = undo.use(await coordinatorBehindNarrowLink(address));
      return {
        settings: { url: quoted(url) },
        check: "mtu",
        verdict: "fail",
        finding: /small packets reach .* full ones of \d+ bytes don't/,
        fix: /network_mtu = \d+/,
      };
    },
  },
  {
    title: "a state directory that is none",
    put: () => ({
      stateDir: "/dev/null/state",
      check: "state-directory",
      verdict: "fail",
      finding: /can't be written/,
      fix: /--state-dir/,
    }),
  },
];
