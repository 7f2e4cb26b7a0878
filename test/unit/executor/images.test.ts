import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { Engine } from "../../../src/docker/engine.ts";
import { Images, type UsedImage } from "../../../src/executor/images.ts";
import { SpanRecorder } from "../../../src/spans/recorder.ts";
import { systemClock } from "../../../src/support/clock.ts";
import { credentialHelpers } from "../../support/credential-helper.ts";
import type { Trace } from "../../../src/trace/trace.ts";

/** A daemon that has these images, and can pull every other one. */
function engineWith(present: readonly string[]): Engine {
  const there = new Set(present);
  const engine = {
    getImage: (name: string) => ({
      inspect: async () => {
        if (!there.has(name)) throw Object.assign(new Error("no such image"), { statusCode: 404 });
        return { Id: `id of ${name}`, Config: {}, Architecture: "amd64" };
      },
    }),
    pull: async (name: string) => {
      there.add(name);
      return Readable.from(["{}\n"]);
    },
  };
  return engine as unknown as Engine;
}

async function usedBy(present: readonly string[], image: string, policy: string): Promise<UsedImage[]> {
  const used: UsedImage[] = [];
  const silent = { line: async () => {}, info: async () => {}, warning: async () => {} } as unknown as Trace;
  const span = new SpanRecorder(() => 0, { askedAt: 0, receivedAt: 0 } as never, "receive");
  await span.phase("prepare_executor", async (part) => {
    const signal = AbortSignal.timeout(10_000);
    const images = new Images(engineWith(present), [], silent, systemClock, signal, part, (each) => used.push(each));
    const request = { image, platform: "", pullPolicies: [policy] };
    await Promise.all([images.resolve(request), images.resolve(request)]);
  });
  return used;
}

describe("the images of a job", () => {
  it.each([
    ["that was there", ["app:1"], "if-not-present", false],
    ["that was not there", [], "if-not-present", true],
    ["that is pulled every time", ["app:1"], "always", true],
  ])("are told of once, with id and name, one %s as pulled or not", async (_, present, policy, pulled) => {
    expect(await usedBy(present, "app:1", policy)).toEqual([{ id: "id of app:1", name: "app:1", pulled }]);
  });

  it("that a policy refuses are not told of", async () => {
    await expect(usedBy([], "app:1", "never")).rejects.toThrow("failed to pull image");
  });
});

describe("the login that a credential helper gives", () => {
  it("is kept as a secret before it is used", async () => {
    await using _helpers = await credentialHelpers({
      "longshore-unit": `echo '{"Username": "anybody", "Secret": "from-a-helper"}'`,
    });
    const log: string[] = [];
    const trace = {
      line: async (text: string) => void log.push(text),
      learnSecret: async (value: string) => void log.push(`learns ${value}`),
    } as unknown as Trace;
    const span = new SpanRecorder(() => 0, { askedAt: 0, receivedAt: 0 } as never, "receive");
    const sources = [{ name: "a test", entries: {}, helpers: { "registry.test": "longshore-unit" } }];
    await span.phase("prepare_executor", async (part) => {
      const signal = AbortSignal.timeout(10_000);
      const images = new Images(engineWith([]), sources, trace, systemClock, signal, part);
      await images.resolve({ image: "registry.test/app:1", platform: "", pullPolicies: ["always"] });
    });
    expect(log.filter((text) => /learns|Pulling/.test(text))).toEqual([
      "learns from-a-helper",
      "learns ",
      "Pulling docker image registry.test/app:1 ...",
    ]);
  });
});
