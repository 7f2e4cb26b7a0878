import { expect, it } from "vitest";
import { findObject } from "../../../src/cache/download-object.ts";
import { authority } from "../coordinator/certificates.ts";
import { startServer } from "../coordinator/scripted-server.ts";
import { reply, transferScene, whole } from "./transfer-scene.ts";

it("a store whose certificate nobody trusts is told from the coordinator, whose keys don't help", async () => {
  await using scene = await transferScene((_, response) => reply(response, 404));
  const tls = await (await authority()).issue();
  await using server = await startServer((_, response) => reply(response, 200), { tls });
  scene.channel.store.sign = async () => ({ url: new URL(server.url), headers: {} });
  await expect(findObject(scene.channel, "a", whole)).rejects.toMatchObject({
    message: expect.stringContaining("certificate signed by unknown authority"),
    hint: expect.stringMatching(/^(?!.*tls-).*NODE_EXTRA_CA_CERTS/),
  });
});
