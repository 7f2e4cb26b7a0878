import { describe, expect, it } from "vitest";
import { startCoordinator } from "../../../src/coordinator/embedded/server.ts";
import { startTestCoordinator } from "../../support/coordinator.ts";
import { callsTo } from "./calls.ts";

describe("runner registration", () => {
  it("exchanges a registration token for a runner's own, and refuses any other", async () => {
    await using coordinator = await startTestCoordinator();
    const { json } = callsTo(coordinator);
    const token = coordinator.registrationToken;
    const registered = await json("POST", "runners", { token, tag_list: "a, b", run_untagged: false });
    expect(registered.status).toBe(201);
    expect(await registered.json()).toMatchObject({ id: 2, token_expires_at: null });
    expect(coordinator.runners()[1]).toMatchObject({ tags: ["a", "b"], runUntagged: false });
    expect((await json("POST", "runners", { token: "wrong" })).status).toBe(403);
    expect((await json("POST", "runners", {})).status).toBe(400);
  });

  it("explains a refused registration in a message per field", async () => {
    await using coordinator = await startTestCoordinator();
    const { json } = callsTo(coordinator);
    const answer = await json("POST", "runners", { token: coordinator.registrationToken, run_untagged: false });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({
      message: { tags_list: ["can not be empty when runner is not allowed to pick untagged jobs"] },
    });
  });

  it("takes a runner's token from the body or from any of the three headers", async () => {
    await using coordinator = await startTestCoordinator();
    const { json } = callsTo(coordinator);
    const statuses = [];
    for (const header of ["RUNNER-TOKEN", "JOB-TOKEN", "PRIVATE-TOKEN"]) {
      const headers = { [header]: coordinator.runner.token };
      statuses.push((await json("POST", "runners/verify", { token: "other" }, headers)).status);
    }
    expect(statuses).toEqual([200, 200, 200]);
    expect((await json("POST", "runners/verify", { token: "other" })).status).toBe(403);
  });

  it("forgets a manager that unregisters, and asks for its system_id", async () => {
    await using coordinator = await startTestCoordinator();
    const { json } = callsTo(coordinator);
    const token = coordinator.runner.token;
    await json("POST", "runners/verify", { token, system_id: "s_abc" });
    expect((await json("DELETE", "runners/managers", { token })).status).toBe(400);
    expect((await json("DELETE", "runners/managers", { token, system_id: "s_xyz" })).status).toBe(404);
    expect((await json("DELETE", "runners/managers", { token, system_id: "s_abc" })).status).toBe(204);
    expect(coordinator.runner.managers).toEqual([]);
  });

  it("answers nothing to a runner that has unregistered", async () => {
    await using coordinator = await startTestCoordinator();
    const { json } = callsTo(coordinator);
    const token = coordinator.runner.token;
    expect((await json("DELETE", "runners", { token })).status).toBe(204);
    expect((await json("DELETE", "runners", { token })).status).toBe(403);
    expect((await json("POST", "jobs/request", { token })).status).toBe(403);
  });

  it("gives a new token of the same kind and takes the old one no more", async () => {
    await using coordinator = await startTestCoordinator();
    const { json } = callsTo(coordinator);
    const old = coordinator.runner.token;
    const answer = await json("POST", "runners/reset_authentication_token", { token: old });
    expect(answer.status).toBe(201);
    const { token } = (await answer.json()) as { token: string };
    expect(token).toMatch(/^glrt-/);
    expect((await json("POST", "runners/verify", { token: old })).status).toBe(403);
    expect((await json("POST", "runners/verify", { token })).status).toBe(200);
  });

  it("knows its runners again after a restart over the same state directory", async () => {
    await using first = await startTestCoordinator();
    const stateDir = `${first.stateDir}/kept`;
    const before = await startCoordinator({ stateDir });
    const { token } = before.addRunner();
    const { id } = await before.addJob();
    await before.close();
    const after = await startCoordinator({ stateDir });
    try {
      expect(after.runners().map((runner) => runner.token)).toEqual([token]);
      expect((await after.addJob()).id).toBeGreaterThan(id);
    } finally {
      await after.close();
    }
  });

  it("says which address it could not have", async () => {
    await using coordinator = await startTestCoordinator();
    const taken = new URL(coordinator.url).host;
    await expect(startCoordinator({ listen: [taken] })).rejects.toMatchObject({ code: "LISTEN_PORT_TAKEN" });
    await expect(startCoordinator({ listen: ["192.0.2.1:0"] })).rejects.toMatchObject({
      code: "LISTEN_NO_SUCH_ADDRESS",
    });
  });

  it("listens on several addresses with one port", async () => {
    await using coordinator = await startTestCoordinator({ listen: ["127.0.0.1:0", "127.0.0.2:0"] });
    const [first, second] = coordinator.localUrls.map((url) => new URL(url));
    expect(second?.hostname).toBe("127.0.0.2");
    expect(second?.port).toBe(first?.port);
    expect((await fetch(`${coordinator.localUrls[1]}/nothing`)).status).toBe(404);
  });
});
