import { type Check, fail, pass } from "../check.ts";
import type { DoctorContext } from "../doctor-context.ts";

/** Whether the coordinator answers and knows the token. */
export const coordinatorCheck: Check<DoctorContext> = {
  name: "coordinator",
  needs: ["entry"],
  limitMs: 7_000,
  run: async (context, signal) => {
    const { runner, settings } = context;
    // The client would ask a coordinator that isn't well again and again.
    const status = (await context.coordinator())?.status ?? 0;
    if (status >= 500 || status === 429)
      return fail(`${runner.url} answers with status ${status}`, "see that the coordinator is well, and try again");
    const answer = await settings.apiOf(runner).verify(runner.token, settings.systemId, signal);
    switch (answer.kind) {
      case "verified":
      case "legacy":
        return pass(`${runner.url} answers and knows the token`);
      case "forbidden":
        return fail(
          `${runner.url} refuses the token: ${answer.reason}`,
          'copy the token from the runner\'s page there into `token = "glrt-..."`, or register anew: longshore register ' +
            `--url ${runner.url}`,
        );
      case "failed":
        return fail(reasons[answer.cause](runner.url, answer.reason), fixes[answer.cause]);
    }
  },
  whenLate: ({ runner }) => fail(`${runner.url} gives no answer within 7 s`, fixes.unreachable),
};

const reasons = {
  unreachable: (url: string, reason: string) => `${url} can't be reached: ${reason}`,
  certificate: (url: string, reason: string) => `the certificate of ${url} is not trusted: ${reason}`,
  answer: (url: string, reason: string) => `${url} does not answer as a coordinator does: ${reason}`,
} as const;

const fixes = {
  unreachable:
    'correct `url = "https://gitlab.example.com"` in [[runners]], or this machine\'s way there: name, port, HTTPS_PROXY, NO_PROXY, firewall',
  certificate:
    'set `tls-ca-file = "/path/to/ca.pem"` in [[runners]], or put the CA into certs/HOST.crt beside config.toml',
  answer: "see that `url` is that of a GitLab and not of a page in front of it, and that it is well",
} as const;
