import { readdir } from "node:fs/promises";
import {
  createServer,
  type IncomingMessage,
  request as forward,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { JobJournal } from "../../../src/journal/journal.ts";
import { systemClock } from "../../../src/support/clock.ts";
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
async function frontOf(hold: (method: string, url: string) => boolean | Promise<boolean>) {
  const asked: string[] = [];
  const held = Promise.withResolvers<void>();
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = "", url = "", headers } = request;
    asked.push(`${method} ${url}`);
    if (await hold(method, url)) return held.resolve();
    const onward = forward(`http://${address}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  };
  const listener: RequestListener = (request, response) => {
    serve(request, response).catch(() => response.destroy());
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

const dockerOf = (server: string) => `[runners.cache]
Type = "s3"
[runners.cache.s3]
ServerAddress = "${server}"
AccessKey = "${storeKeys.access}"
SecretKey = "${storeKeys.secret}"
BucketName = "${bucket}"
BucketLocation = "us-east-1"
Insecure = true
`;

/** An agent that was killed in the midst of an upload, with parts of it in the store. */
async function killedInUpload() {
  await using cleanup = new AsyncDisposableStack();
  let isHolding = true;
  const front = cleanup.use(
    await frontOf((method, url) => isHolding && method === "PUT" && url.includes("partNumber=2&")),
  );
  const docker = dockerOf(front.address);
  const coordinator = cleanup.use(await startTestCoordinator());
  const runners = [{ docker }];
  const killed = cleanup.use(await killedAgent({ coordinator, runners }));
  killed.start();
  const variables = { CACHE_CHUNK_SIZE: String(5 * 2 ** 20), CACHE_COMPRESSION_LEVEL: "fastest" };
  const script = ["mkdir kept; head -c 12000000 /dev/urandom >kept/noise"];
  const job = await coordinator.addJob(scriptJob({ script, variables, cache: { key: "large", paths: ["kept"] } }));
  await front.held;
  await killed.kill();
  isHolding = false;
  const owned = cleanup.move();
  return {
    job,
    coordinator,
    asked: front.asked,
    directory: killed.directory,
    startAgain: () => startTestAgent({ coordinator, runners, directory: killed.directory }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

describe("an agent that is killed while a large cache goes up", () => {
  it("stores it once more when it is started again, and takes back what it had begun", async () => {
    await using scene = await killedInUpload();
    const [id = "none"] = (await store?.uploads()) ?? [];
    await using agent = await scene.startAgain();
    const { log } = await agent.ended(scene.job);
    expect(scene.job.state).toBe("success");
    expect(log).toMatch(/it is done once more\n[^]*Uploading cache to [^]*\nCreated cache\n/);
    expect(scene.asked.filter((each) => each.startsWith("DELETE")).join()).toContain(encodeURIComponent(id));
    const [object = ""] = (await store?.list()) ?? [];
    expect((await store?.read(object))?.length).toBeGreaterThan(12_000_000);
    await agent.cleanedUp(scene.job);
    expect(await store?.uploads()).toEqual([]);
    // What the answer to the upload called it is what it is called.
    const cache = { key: "large", paths: ["kept"] };
    const next = await agent.ended(await scene.coordinator.addJob(scriptJob({ script: ["wc -c kept/*"], cache })));
    expect(next.log).toContain("The local copy of the cache is up to date");
    expect(next.log).toContain("12000000 kept/noise");
  });

  it("takes back what it had begun when the job is over, and nobody stores its cache any more", async () => {
    await using scene = await killedInUpload();
    expect(await store?.uploads()).toHaveLength(1);
    await recordEnd(scene.directory);
    await using agent = await scene.startAgain();
    await expect.poll(() => store?.uploads(), { timeout: 60_000 }).toEqual([]);
    await agent.cleanedUp(scene.job);
    expect(scene.job.state).toBe("failed");
  });
});

it("an object that somebody else puts in the place of ours, once it is stored, is not taken for ours", async () => {
  let isReplacing = true;
  await using front = await frontOf(async (method, url) => {
    if (isReplacing && method === "HEAD") {
      isReplacing = false;
      await store?.write(decodeURIComponent(url.replace(/^\/[^/]+\/|\?.*$/g, "")), Buffer.from("of another runner"));
    }
    return false;
  });
  await using coordinator = await startTestCoordinator();
  await using agent = await startTestAgent({ coordinator, runners: [{ docker: dockerOf(front.address) }] });
  const cache = { key: "contended", paths: ["kept"] };
  await agent.ended(await coordinator.addJob(scriptJob({ script: ["mkdir kept; date >kept/date"], cache })));
  expect(isReplacing).toBe(false);
  const next = await agent.ended(await coordinator.addJob(scriptJob({ script: ["true"], cache })));
  expect(next.log).toMatch(/Downloading cache from \S+\/contended\.\.\. ok/);
  expect(next.log).not.toContain("The local copy of the cache is up to date");
});

/** As an agent leaves a job whose end it could write down before it was killed. */
async function recordEnd(directory: string): Promise<void> {
  const names = await readdir(directory, { recursive: true });
  const note = names.find((name) => name.endsWith("cache-upload-0")) ?? "none";
  const journal = await JobJournal.reopen(join(directory, dirname(note)), systemClock);
  const update = { state: "failed", failureReason: "runner_system_failure", exitCode: 0 } as const;
  await journal.append({ type: "outcome", update });
  await journal.close();
}
