import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { Engine } from "../../../src/docker/engine.ts";
import type { CredentialSource } from "../../../src/docker/registry-auth.ts";
import { type ImageRequest, Images } from "../../../src/executor/images.ts";
import { SpanRecorder } from "../../../src/spans/recorder.ts";
import type { Clock } from "../../../src/support/clock.ts";
import type { Trace } from "../../../src/trace/trace.ts";

/** A daemon whose pulls end one by one with these errors; "" is none, and the last counts for all that follow. */
function daemon(answers: readonly string[], present: readonly string[] = []) {
  const there = new Set(present);
  const pulls: { readonly reference: string; readonly platform: unknown; readonly user: unknown }[] = [];
  const engine = {
    getImage: (name: string) => ({
      inspect: async () => {
        if (!there.has(name)) throw Object.assign(new Error("no such image"), { statusCode: 404 });
        return { Id: name, Config: {}, Architecture: "amd64" };
      },
    }),
    pull: async (reference: string, options: { platform?: string; authconfig?: { username: string } }) => {
      const error = answers[Math.min(pulls.length, answers.length - 1)] ?? "";
      pulls.push({ reference, platform: options.platform, user: options.authconfig?.username });
      if (error === "") there.add(reference);
      return Readable.from([JSON.stringify(error === "" ? { status: "done" } : { error })]);
    },
  } as unknown as Engine;
  return { engine, pulls };
}

interface Job {
  readonly request?: Partial<ImageRequest>;
  readonly sources?: readonly CredentialSource[];
}

/** What a job's log says while it gets its image, what it waits for in between, and how it ends. */
async function get(engine: Engine, { request = {}, sources = [] }: Job = {}) {
  const log: string[] = [];
  const say = async (text: string) => void log.push(text);
  const trace = { line: say, info: say, warning: say, addMask: () => {} } as unknown as Trace;
  const pauses: number[] = [];
  const clock = { sleep: async (ms: number) => void pauses.push(ms) } as unknown as Clock;
  const span = new SpanRecorder(() => 0, { askedAt: 0, receivedAt: 0 } as never, "receive");
  const error = await span.phase("prepare_executor", async (part) => {
    const images = new Images(engine, sources, trace, clock, AbortSignal.timeout(10_000), part);
    return images
      .resolve({ image: "app:1", platform: "", pullPolicies: ["always"], ...request })
      .then(() => null)
      .catch((thrown: unknown) => thrown);
  });
  return { log, pauses, error };
}

const timeout = "Get https://registry.test/v2/: net/http: TLS handshake timeout";
const login = (user: string): CredentialSource[] => [
  { name: "job", entries: { "docker.io": { username: user, password: "p" } } },
];

describe("a pull", () => {
  it("is tried three times while the network or the registry is in trouble, with longer pauses", async () => {
    const { engine, pulls } = daemon([timeout, timeout, ""]);
    const { log, pauses, error } = await get(engine);
    expect(error).toBeNull();
    expect(pulls).toHaveLength(3);
    expect(pauses).toEqual([2_000, 4_000]);
    expect(log).toContainEqual(expect.stringMatching(/^Failed to pull image "app:1" \(attempt #2\), retrying: .*TLS/));
  });

  it("is given up after the third time", async () => {
    const { engine, pulls } = daemon([timeout]);
    expect((await get(engine)).error).toMatchObject({ situation: "registry-unreachable" });
    expect(pulls).toHaveLength(3);
  });

  it.each(["manifest for app:1 not found", "pull access denied for app", "unauthorized: authentication required"])(
    "is not tried again when the registry says no: %s",
    async (words) => {
      const { engine, pulls } = daemon([words]);
      expect((await get(engine)).error).toMatchObject({ situation: "image-refused" });
      expect(pulls).toHaveLength(1);
    },
  );

  it("gives way to the next policy, in order", async () => {
    const { engine } = daemon(["manifest for app:1 not found"], ["app:1"]);
    const { log, error } = await get(engine, { request: { pullPolicies: ["always", "if-not-present"] } });
    expect(error).toBeNull();
    expect(log.map((line) => line.replace(/: .*/, ""))).toEqual([
      "Using effective pull policy of [always if-not-present] for container app:1",
      "Pulling docker image app:1 ...",
      'Failed to pull image with policy "always"',
      "Attempt #2",
      'Using locally found image version due to "if-not-present" pull policy',
      "Using docker image app:1 for app:1 ...",
    ]);
  });

  it("asks for latest where no tag is given, and names a platform", async () => {
    const { engine, pulls } = daemon([""]);
    const { log } = await get(engine, { request: { image: "app", platform: "linux/arm64" } });
    expect(pulls).toEqual([{ reference: "app:latest", platform: "linux/arm64", user: undefined }]);
    expect(log).toContain("Pulling docker image app for platform linux/arm64 ...");
  });

  it("is shared by jobs that want the same image at one time", async () => {
    const { engine, pulls } = daemon([""]);
    const jobs = await Promise.all([get(engine), get(engine), get(engine)]);
    expect(jobs.map(({ error }) => error)).toEqual([null, null, null]);
    expect(pulls).toHaveLength(1);
    const joined = jobs.filter(({ log }) => log.includes("A pull of app:1 is under way: waiting for that one"));
    expect(joined).toHaveLength(2);
  });

  it("is never shared by jobs with other logins, or other platforms", async () => {
    const { engine, pulls } = daemon([""]);
    const jobs: Job[] = [
      { sources: login("a") },
      { sources: login("b") },
      {},
      { request: { platform: "linux/arm64" } },
    ];
    await Promise.all(jobs.map((job) => get(engine, job)));
    expect(pulls.map(({ user, platform }) => `${user as string} ${platform as string}`).toSorted()).toEqual([
      "a undefined",
      "b undefined",
      "undefined linux/arm64",
      "undefined undefined",
    ]);
  });
});

describe("an image that is named by its id", () => {
  const id = `sha256:${"a".repeat(64)}`;

  it("is not pulled, whatever the policy", async () => {
    const { engine, pulls } = daemon([""], [id]);
    const { error } = await get(engine, { request: { image: id } });
    expect(error).toBeNull();
    expect(pulls).toEqual([]);
  });

  it("and not there is an image that is not there", async () => {
    const { engine, pulls } = daemon([""]);
    const { error } = await get(engine, { request: { image: id, pullPolicies: ["if-not-present"] } });
    expect(error).toMatchObject({ situation: "image-refused" });
    expect(pulls).toEqual([]);
  });
});
