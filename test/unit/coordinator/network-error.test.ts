import { describe, expect, it } from "vitest";
import { describeNetworkError, networkAgentError } from "../../../src/coordinator/network-error.ts";

const url = new URL("https://user:secret@gitlab.example.com:8443/api/v4/jobs/request?x=1");
const coded = (code: string, message = code) => Object.assign(new Error(message), { code });
const describeCode = (code: string, message?: string, proxy: string | null = null) =>
  describeNetworkError(coded(code, message), { url, proxy });

describe("describeNetworkError", () => {
  it.each([
    ["ECONNREFUSED", "unreachable", "connection refused by gitlab.example.com:8443"],
    ["ENOTFOUND", "unreachable", "no such host: gitlab.example.com:8443"],
    ["EAI_AGAIN", "unreachable", "the name server did not answer for gitlab.example.com:8443"],
    ["EHOSTUNREACH", "unreachable", "no route to gitlab.example.com:8443"],
    ["ENETUNREACH", "unreachable", "no route to gitlab.example.com:8443"],
    ["ETIMEDOUT", "unreachable", "timed out: gitlab.example.com:8443 (ETIMEDOUT)"],
    ["ECONNRESET", "unreachable", "connection to gitlab.example.com:8443 was closed before the answer was complete"],
    ["HPE_INVALID_CONSTANT", "unreachable", "gitlab.example.com:8443 does not speak HTTP"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "certificate", "x509: certificate signed by unknown authority (gitlab.example.com)"],
    [
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "certificate",
      "x509: certificate signed by unknown authority (gitlab.example.com)",
    ],
    ["CERT_HAS_EXPIRED", "certificate", "x509: certificate of gitlab.example.com has expired by this machine's clock"],
    [
      "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
      "certificate",
      "gitlab.example.com refused the client certificate, or asks for one",
    ],
    ["EWHATEVER", "unreachable", "call to gitlab.example.com:8443 failed: EWHATEVER"],
  ])("says of %s (%s): %s", (code, cause, reason) => {
    expect(describeCode(code)).toMatchObject({ kind: "network", code, cause, reason });
  });

  it("names tls-ca-file for an unknown authority, and the clock for an expired certificate", () => {
    expect(describeCode("UNABLE_TO_VERIFY_LEAF_SIGNATURE").hint).toContain("tls-ca-file");
    expect(describeCode("CERT_NOT_YET_VALID").hint).toContain("clock");
  });

  it("points to http:// when TLS met something else", () => {
    const text =
      "write EPROTO 408D:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:../deps:77:\n";
    const failure = describeCode("EPROTO", text);
    expect(failure.reason).toBe("TLS with gitlab.example.com:8443 failed (wrong version number)");
    expect(failure.hint).toContain("http://");
  });

  it("names the proxy, and how to set it, when one is in use", () => {
    const failure = describeCode("ECONNREFUSED", "", "proxy:3128");
    expect(failure.reason).toContain("through the proxy proxy:3128");
    expect(failure.hint).toContain("HTTPS_PROXY");
  });

  it("takes anything that was thrown", () => {
    for (const thrown of ["text", null, undefined, new Error("plain"), { code: 5 }]) {
      expect(describeNetworkError(thrown, { url, proxy: null })).toMatchObject({ code: "UNKNOWN" });
    }
  });

  it("is one line, without password and query", () => {
    const failure = describeCode("EWHATEVER", "first\nsecond");
    expect(failure.reason).toBe("call to gitlab.example.com:8443 failed: first");
  });
});

it("becomes an error that a command can end with", () => {
  const error = networkAgentError(describeCode("ECONNREFUSED"), url);
  expect(error).toMatchObject({
    code: "COORDINATOR_UNREACHABLE",
    hint: "Check url and the network: nothing listens there.",
  });
  expect(error.message).not.toContain("secret");
  expect(networkAgentError(describeCode("CERT_HAS_EXPIRED"), url).code).toBe("COORDINATOR_CERTIFICATE");
});
