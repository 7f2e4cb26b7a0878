import { connect, type TLSSocket } from "node:tls";
import { expect, it } from "vitest";
import { peerChain } from "../../../src/coordinator/peer-chain.ts";
import { authority } from "./certificates.ts";
import { inTurn, startServer } from "./scripted-server.ts";

it("is every certificate above the server's own, up to the root, in PEM", async () => {
  const ca = await authority();
  const between = await ca.intermediate();
  const pair = await between.issue();
  const tls = { key: pair.key, cert: pair.cert + between.cert };
  await using server = await startServer(inTurn({ status: 204 }), { tls });
  const socket = await new Promise<TLSSocket>((resolve, reject) => {
    const opened = connect({ port: server.port, host: "127.0.0.1", ca: ca.cert }, () => resolve(opened));
    opened.once("error", reject);
  });
  expect(peerChain(socket)).toBe(between.cert + ca.cert);
  socket.destroy();
});

it("is empty without TLS", () => {
  expect(peerChain(null)).toBe("");
});
