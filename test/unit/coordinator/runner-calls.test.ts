import { describe, expect, it } from "vitest";
import { createRunnerApi } from "../../../src/coordinator/client.ts";
import type { RegisterRequest } from "../../../src/coordinator/runner-api.ts";
import { inTurn, json, startServer } from "./scripted-server.ts";
import { environment, never, noTls } from "./test-client.ts";

const api = (url: string) => createRunnerApi(environment())({ url, tls: noTls });
const credentials = { id: 5, token: "glrt-new", token_expires_at: "2027-01-02T03:04:05.678Z" };

const plain: RegisterRequest = {
  description: "",
  maintenanceNote: "",
  tagList: "",
  runUntagged: true,
  locked: false,
  accessLevel: "",
  maximumTimeout: 0,
  paused: false,
};

describe("register", () => {
  it("sends what is set, always the three booleans, and the info of an empty configuration", async () => {
    await using server = await startServer(inTurn(json(201, credentials)));
    await api(server.url).register("GR1348941x", plain, never);
    expect(server.seen[0]).toMatchObject({ method: "POST", url: "/api/v4/runners" });
    expect(server.seen[0]?.headers["runner-token"]).toBe("GR1348941x");
    const { info, ...body } = server.json();
    expect(body).toEqual({ token: "GR1348941x", run_untagged: true, locked: false, paused: false });
    expect(info).not.toHaveProperty("executor");
  });

  it("sends every attribute under its name", async () => {
    await using server = await startServer(inTurn(json(201, credentials)));
    const full = {
      description: "d",
      maintenanceNote: "n",
      tagList: "a,b",
      accessLevel: "ref_protected" as const,
      maximumTimeout: 600,
    };
    await api(server.url).register("t", { ...plain, ...full }, never);
    expect(server.json()).toMatchObject({
      description: "d",
      maintenance_note: "n",
      tag_list: "a,b",
      access_level: "ref_protected",
      maximum_timeout: 600,
    });
  });

  it.each([
    [credentials, { id: 5, token: "glrt-new", expiresAt: new Date("2027-01-02T03:04:05.678Z") }],
    [
      { id: 5, token: "x", token_expires_at: null },
      { id: 5, token: "x", expiresAt: null },
    ],
    [
      { id: 5, token: "x" },
      { id: 5, token: "x", expiresAt: null },
    ],
    [
      { id: 5, token: "x", token_expires_at: "0001-01-01T00:00:00Z" },
      { id: 5, token: "x", expiresAt: null },
    ],
    [
      { id: 5, token: "x", token_expires_at: "2027-01-02T03:04:05+01:00" },
      { id: 5, token: "x", expiresAt: new Date("2027-01-02T02:04:05Z") },
    ],
  ])("reads %o", async (body, expected) => {
    await using server = await startServer(inTurn(json(201, body)));
    expect(await api(server.url).register("t", plain, never)).toEqual({ kind: "registered", ...expected });
  });

  it.each([
    [403, { kind: "forbidden", reason: "403 Forbidden (why)" }],
    [410, { kind: "gone", reason: "410 Gone (why)" }],
    [400, { kind: "failed", status: 400, reason: "400 Bad Request (why)", cause: "answer" }],
    [200, { kind: "failed", status: 200, cause: "answer" }],
  ])("answered %i is %o", async (status, expected) => {
    await using server = await startServer(inTurn(json(status, { message: "why" })));
    expect(await api(server.url).register("t", plain, never)).toMatchObject(expected);
  });

  it.each(["{", "[]", '{"id":"five"}'])("answered 201 with %s is a failure", async (body) => {
    await using server = await startServer(
      inTurn({ status: 201, headers: { "content-type": "application/json" }, body }),
    );
    expect(await api(server.url).register("t", plain, never)).toMatchObject({ kind: "failed", status: 201 });
  });
});

describe("verify", () => {
  it("sends token, system id and the info of a job request", async () => {
    await using server = await startServer(inTurn(json(200, credentials)));
    const answer = await api(server.url).verify("glrt-t", "s_0123456789ab", never);
    expect(answer).toMatchObject({ kind: "verified", id: 5, token: "glrt-new" });
    expect(server.seen[0]).toMatchObject({ method: "POST", url: "/api/v4/runners/verify" });
    expect(server.json()).toMatchObject({ token: "glrt-t", system_id: "s_0123456789ab", info: { executor: "docker" } });
  });

  it("asks a coordinator that does not answer in JSON once more, without Accept, and believes its status", async () => {
    await using server = await startServer(inTurn({ status: 200, body: "200" }));
    expect(await api(server.url).verify("t", "s", never)).toEqual({ kind: "legacy" });
    expect(server.seen.map(({ headers }) => headers.accept === "application/json")).toEqual([true, false]);
  });

  it("believes the second status when it is a refusal", async () => {
    await using server = await startServer(inTurn({ status: 200, body: "200" }, { status: 403 }));
    expect(await api(server.url).verify("t", "s", never)).toEqual({ kind: "forbidden", reason: "403 Forbidden" });
  });

  it.each([
    [403, { kind: "forbidden" }],
    [422, { kind: "failed", status: 422 }],
    [500, { kind: "failed", status: 500 }],
  ])("answered %i is %o", async (status, expected) => {
    await using server = await startServer(inTurn({ status }));
    expect(await api(server.url).verify("t", "s", never)).toMatchObject(expected);
  });
});

describe("unregister", () => {
  it("of a runner deletes it by its token", async () => {
    await using server = await startServer(inTurn({ status: 204 }));
    expect(await api(server.url).unregister("t", never)).toEqual({ kind: "unregistered" });
    expect(server.seen[0]).toMatchObject({ method: "DELETE", url: "/api/v4/runners" });
    expect(server.json()).toEqual({ token: "t" });
  });

  it("of a manager deletes it by token and system id", async () => {
    await using server = await startServer(inTurn({ status: 204 }));
    expect(await api(server.url).unregisterManager("t", "s", never)).toEqual({ kind: "unregistered" });
    expect(server.seen[0]).toMatchObject({ method: "DELETE", url: "/api/v4/runners/managers" });
    expect(server.json()).toEqual({ token: "t", system_id: "s" });
  });

  it.each([
    [403, { kind: "forbidden" }],
    [404, { kind: "failed", status: 404 }],
    [200, { kind: "failed", status: 200 }],
  ])("answered %i is %o", async (status, expected) => {
    await using server = await startServer(inTurn({ status }));
    expect(await api(server.url).unregister("t", never)).toMatchObject(expected);
  });
});

describe("reset", () => {
  it("by the token itself sends no token header", async () => {
    await using server = await startServer(inTurn(json(201, credentials)));
    const answer = await api(server.url).resetToken("glrt-old", never);
    expect(answer).toEqual({ kind: "reset", token: "glrt-new", expiresAt: new Date("2027-01-02T03:04:05.678Z") });
    const [seen] = server.seen;
    expect(seen).toMatchObject({ method: "POST", url: "/api/v4/runners/reset_authentication_token" });
    expect(Object.keys(seen?.headers ?? {}).filter((name) => name.endsWith("-token"))).toEqual([]);
    expect(server.json()).toEqual({ token: "glrt-old" });
  });

  it("by a personal access token sends that in its header and null as the body", async () => {
    await using server = await startServer(inTurn(json(201, credentials)));
    await api(server.url).resetTokenWithPat(9, "glpat-x", never);
    const [seen] = server.seen;
    expect(seen?.url).toBe("/api/v4/runners/9/reset_authentication_token");
    expect(seen?.headers["private-token"]).toBe("glpat-x");
    expect(seen?.body.toString()).toBe("null");
  });

  it.each([
    [403, { kind: "forbidden" }],
    [401, { kind: "failed", status: 401 }],
  ])("answered %i is %o", async (status, expected) => {
    await using server = await startServer(inTurn({ status }));
    expect(await api(server.url).resetToken("t", never)).toMatchObject(expected);
  });
});

it("an unreachable coordinator and an unusable URL are failures without a status", async () => {
  expect(await api("http://127.0.0.1:1").verify("t", "s", never)).toMatchObject({
    kind: "failed",
    status: null,
    cause: "unreachable",
  });
  expect(await api("gitlab").verify("t", "s", never)).toMatchObject({ kind: "failed", status: null });
});
