import { describe, expect, it } from "vitest";
import { judgeGit } from "../../../src/doctor/git-reach.ts";

const url = "https://gitlab.test/longshore-doctor/probe.git";

describe("judgeGit", () => {
  it.each([
    ["reached", `remote: HTTP Basic: Access denied.\nfatal: Authentication failed for '${url}/'`],
    ["reached", `fatal: could not read Username for 'https://gitlab.test': terminal prompts disabled`],
    ["reached", `remote: The project you were looking for could not be found.\nfatal: repository '${url}/' not found`],
    ["reached", `fatal: unable to access '${url}/': The requested URL returned error: 403`],
    ["name", `fatal: unable to access '${url}/': Could not resolve host: gitlab.test`],
    ["unreachable", `fatal: unable to access '${url}/': Failed to connect to gitlab.test port 443: Connection refused`],
    [
      "unreachable",
      `fatal: unable to access '${url}/': Failed to connect to gitlab.test port 443 after 2 ms: Couldn't connect to server`,
    ],
    ["unreachable", `fatal: unable to access '${url}/': Recv failure: Connection reset by peer`],
    [
      "certificate",
      `fatal: unable to access '${url}/': SSL certificate problem: unable to get local issuer certificate`,
    ],
    [
      "certificate",
      `fatal: unable to access '${url}/': server certificate verification failed. CAfile: none CRLfile: none`,
    ],
    ["proxy", `fatal: unable to access '${url}/': Could not resolve proxy: proxy.test`],
    ["proxy", `fatal: unable to access '${url}/': CONNECT tunnel failed, response 403`],
    ["server-error", `fatal: unable to access '${url}/': The requested URL returned error: 502`],
    ["unknown", "Segmentation fault"],
    [
      "unreachable",
      "fatal: unable to access 'https://gitlab.ssl.test/a/b.git/': Failed to connect to gitlab.ssl.test port 443 after 2 ms: Couldn't connect to server",
    ],
    ["reached", "fatal: Authentication failed for 'https://tls.certificate.test/a/b.git/'"],
    ["unreachable", `fatal: unable to access '${url}/': Failed to connect to gnutls-proxy.test port 3128: Timeout`],
  ] as const)("%s: %s", (kind, output) => {
    expect(judgeGit(output).kind).toBe(kind);
  });

  it("hands on the line that says it", () => {
    const output = `warning: something\nfatal: unable to access '${url}/': Could not resolve host: gitlab.test`;
    expect(judgeGit(output).words).toBe(output.split("\n")[1]);
  });
});
