import { readdir, readFile } from "node:fs/promises";
import { createServer, request as forward, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestAgent } from "../../support/agent.ts";
import { scriptJob, startTestCoordinator } from "../../support/coordinator.ts";
import { connectEngine } from "../../support/engine.ts";
import { killedAgent } from "../../support/killed-agent.ts";
import { bucket, type ObjectStore, startObjectStore, storeAddress, storeKeys } from "../../support/object-store.ts";

const address = storeAddress();
let store: ObjectStore | null = null;
beforeAll(async () => {
  store = await startObjectStore(connectEngine(), address);
});
afterAll(async () => {
  await store?.[Symbol.asyncDispose]();
});

/** A way to the store on which requests may be held; host names stay as they are, so that signatures hold. */
async function frontOf(hold: (method: string, url: string) => boolean) {
  const asked: string[] = [];
  const held = Promise.withResolvers<void>();
  const listener: RequestListener = (request, response) => {
    const { method = "", url = "", headers } = request;
    asked.push(`${method} ${url}`);
    if (hold(method, url)) return held.resolve();
    const onward = forward(`http://${address}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  };
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    held: held.promise,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

describe("an agent that is killed while a large cache goes up", () => {
  it("stores it once more when it is started again, and takes back what it had begun", async () => {
    let isHolding = true;
    await using front = await frontOf((method, url) => isHolding && method === "PUT" && url.includes("partNumber=2&"));
    const docker = `[runners.cache]
Type = "s3"
[runners.cache.s3]
ServerAddress = "${front.address}"
AccessKey = "${storeKeys.access}"
SecretKey = "${storeKeys.secret}"
BucketName = "${bucket}"
BucketLocation = "us-east-1"
Insecure = true
`;
    await using coordinator = await startTestCoordinator();
    const runners = [{ docker }];
    await using killed = await killedAgent({ coordinator, runners });
    killed.start();
    const variables = { CACHE_CHUNK_SIZE: String(5 * 2 ** 20), CACHE_COMPRESSION_LEVEL: "fastest" };
    const script = ["mkdir kept; head -c 12000000 /dev/urandom >kept/noise"];
    const cache = { key: "large", paths: ["kept"] };
    const job = await coordinator.addJob(scriptJob({ script, variables, cache }));
    await front.held;
    const id = await uploadId(killed.directory);
    await killed.kill();
    isHolding = false;
    await using agent = await startTestAgent({ coordinator, runners, directory: killed.directory });
    const { log } = await agent.ended(job);
    expect(job.state).toBe("success");
    expect(log).toMatch(/it is done once more\n[^]*Uploading cache to [^]*\nCreated cache\n/);
    expect(front.asked.filter((each) => each.startsWith("DELETE")).join()).toContain(encodeURIComponent(id));
    const [object = ""] = (await store?.list()) ?? [];
    expect((await store?.read(object))?.length).toBeGreaterThan(12_000_000);
    await agent.cleanedUp(job);
  });
});

/** As the job's directory has it. */
async function uploadId(directory: string): Promise<string> {
  const names = await readdir(directory, { recursive: true });
  const note = names.find((name) => name.endsWith("cache-upload-0")) ?? "none";
  return readFile(join(directory, note), "utf8");
}
