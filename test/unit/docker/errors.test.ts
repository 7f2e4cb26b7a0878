import { describe, expect, test } from "vitest";
import { DockerError, isConnectionTrouble, isDockerError, toDockerError } from "../../../src/docker/errors.ts";

const coded = (code: string, message = "it failed") => Object.assign(new Error(message), { code });

describe("what the client library throws", () => {
  test.each([
    [400, "bad-request"],
    [401, "unauthorized"],
    [403, "forbidden"],
    [404, "not-found"],
    [409, "conflict"],
    [500, "server"],
    [503, "server"],
  ])("status %d is %s, in the daemon's own words", (statusCode, kind) => {
    const thrown = Object.assign(new Error("(HTTP code) unexpected"), {
      statusCode,
      json: { message: "No such image: x\n" },
    });
    const error = toDockerError("inspect image x", thrown);
    expect(error).toMatchObject({
      kind,
      statusCode,
      operation: "inspect image x",
      detail: "No such image: x",
      cause: thrown,
    });
    expect(error.message).toBe("inspect image x: No such image: x");
  });

  test.each([undefined, null, "text", 5, { message: 5 }, Buffer.from("raw")])(
    "a body of %j leaves the library's message",
    (json) => {
      const thrown = Object.assign(new Error("(HTTP code 500)"), { statusCode: 500, json });
      expect(toDockerError("do it", thrown).detail).toBe("(HTTP code 500)");
    },
  );

  test.each([
    ["EACCES", "permission-denied"],
    ["EPERM", "permission-denied"],
    ["ENOENT", "unreachable"],
    ["ECONNREFUSED", "unreachable"],
    ["ENOTFOUND", "unreachable"],
    ["EAI_AGAIN", "unreachable"],
    ["EHOSTUNREACH", "unreachable"],
    ["ENETDOWN", "unreachable"],
    ["ETIMEDOUT", "unreachable"],
    ["EPROTO", "tls"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "tls"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "tls"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "tls"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "tls"],
    ["CERT_HAS_EXPIRED", "tls"],
    ["ERR_OSSL_X509_KEY_VALUES_MISMATCH", "tls"],
    ["ECONNRESET", "connection-lost"],
    ["EPIPE", "connection-lost"],
    ["ECONNABORTED", "connection-lost"],
    ["ERR_STREAM_PREMATURE_CLOSE", "connection-lost"],
    ["ERR_STREAM_DESTROYED", "connection-lost"],
    ["HPE_INVALID_EOF_STATE", "connection-lost"],
    ["ERR_INVALID_ARG_TYPE", "unknown"],
  ])("%s is %s", (code, kind) => {
    expect(toDockerError("do it", coded(code))).toMatchObject({ kind, statusCode: 0 });
  });

  test.each([
    ["connect", "unreachable"],
    ["read", "connection-lost"],
    ["write", "connection-lost"],
  ])("a %s that the kernel gives up waiting for is %s", (syscall, kind) => {
    expect(toDockerError("do it", Object.assign(coded("ETIMEDOUT"), { syscall })).kind).toBe(kind);
  });

  test.each([
    ["socket hang up", "connection-lost"],
    ["aborted", "connection-lost"],
    ["Premature close", "connection-lost"],
    ["Client network socket disconnected before secure TLS connection was established", "tls"],
    ["Cannot read properties of undefined", "unknown"],
  ])("%j without a code is %s", (message, kind) => {
    expect(toDockerError("do it", new Error(message)).kind).toBe(kind);
  });

  test.each([
    [503, "daemon is shutting down", "stopping"],
    [500, "server is shutting down", "stopping"],
    [500, "grpc: the client connection is closing: unknown", "stopping"],
    [503, "transport is closing: unavailable", "stopping"],
    [500, "ttrpc: closed: unknown", "stopping"],
    [500, "dial unix /run/containerd/containerd.sock: connect: connection refused", "stopping"],
    [500, "context canceled", "stopping"],
    [500, 'Get "https://registry.test/v2/": context canceled', "server"],
    [500, "OCI runtime create failed", "server"],
    [404, "the server is shutting down: no such container", "not-found"],
  ])("status %d with %j is %s", (statusCode, message, kind) => {
    const error = toDockerError("do it", Object.assign(new Error("x"), { statusCode, json: { message } }));
    expect(error.kind).toBe(kind);
  });

  test.each([
    ["ECONNREFUSED", true],
    ["ECONNRESET", true],
    ["ERR_INVALID_ARG_TYPE", false],
  ])("%s is trouble with the connection: %j", (code, isTrouble) => {
    expect(isConnectionTrouble(toDockerError("do it", coded(code)))).toBe(isTrouble);
    expect(isConnectionTrouble(coded(code))).toBe(false);
  });

  test("several refused addresses of one host are said, not left empty", () => {
    const both = new AggregateError([
      coded("ECONNREFUSED", "connect ECONNREFUSED ::1:2375"),
      coded("ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:2375"),
    ]);
    const error = toDockerError("ask the daemon", Object.assign(both, { code: "ECONNREFUSED" }));
    expect(error.message).toBe("ask the daemon: connect ECONNREFUSED ::1:2375; connect ECONNREFUSED 127.0.0.1:2375");
    expect(error.kind).toBe("unreachable");
  });

  test.each([undefined, null, "text", 5, {}])("%j becomes an error with words in it, too", (thrown) => {
    const error = toDockerError("do it", thrown);
    expect(error.kind).toBe("unknown");
    expect(error.detail).not.toBe("");
  });

  test("one of ours stays as it is", () => {
    const error = new DockerError("pull image x", "not-found", "gone", 200);
    expect(toDockerError("other", error)).toBe(error);
  });
});

test("an error is asked for its kind", () => {
  const error = new DockerError("pull image x", "not-found", "gone", 404);
  expect([
    isDockerError(error, "not-found"),
    isDockerError(error, "conflict"),
    isDockerError(new Error("x"), "not-found"),
  ]).toEqual([true, false, false]);
});
