import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectDocker } from "../../../src/daemon/connect.ts";
import { createContainer } from "../../../src/docker/container.ts";
import { createNetwork } from "../../../src/docker/network.ts";
import { createVolume } from "../../../src/docker/volume.ts";
import { planJob } from "../../../src/job/plan-job.ts";
import { readCase } from "../job/plan-case.ts";

const plan = planJob(await readCase(`${import.meta.dirname}/../job/plans/wiring-dind-tls`));
const asked: { readonly url: string; readonly body: Record<string, unknown> }[] = [];
let server: Server;

beforeEach(async () => {
  asked.length = 0;
  server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(pieces).toString()) as Record<string, unknown>;
      asked.push({ url: request.url ?? "", body });
      response.writeHead(201, { "content-type": "application/json" }).end('{"Id":"abc","Name":"abc"}');
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => new Promise((resolve) => void server.close(resolve)));

describe("what is asked of a daemon", () => {
  it("has nothing of a container but its name and platform in the address", async () => {
    const { port } = server.address() as AddressInfo;
    const engine = connectDocker({ kind: "tcp", host: "127.0.0.1", port, tls: false }, null);
    const signal = AbortSignal.timeout(10_000);
    const spec = { ...plan.build, platform: "linux/arm64", env: ["CI_JOB_TOKEN=secret-of-the-job"] };
    const network = { name: "net", labels: { a: "b" }, mtu: 1400, enableIpv6: false };
    const volume = {
      name: "vol",
      destination: "/x",
      temporary: true,
      labels: {},
      driver: "",
      driverOptions: { o: "1" },
    };
    await createContainer(engine, spec, "sha256:abc", { kind: "mode", mode: "none" }, signal);
    await createNetwork(engine, network, signal);
    await createVolume(engine, volume, signal);
    expect(asked.map(({ url }) => decodeURIComponent(url))).toEqual([
      `/containers/create?name=${spec.name}&platform=linux/arm64`,
      "/networks/create?",
      "/volumes/create?",
    ]);
    const [container, made, kept] = asked.map(({ body }) => body);
    expect(container).toMatchObject({ Image: "sha256:abc", Env: spec.env, HostConfig: { NetworkMode: "none" } });
    expect(made).toMatchObject({ Name: "net", Options: { "com.docker.network.driver.mtu": "1400" } });
    expect(kept).toEqual({ Name: "vol", Labels: {}, DriverOpts: { o: "1" } });
  });
});
