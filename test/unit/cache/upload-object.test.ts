import { describe, expect, it } from "vitest";
import { PartMemory } from "../../../src/cache/part-memory.ts";
import { uploadObject } from "../../../src/cache/upload-object.ts";
import { type Answer, reply, transferScene, whole } from "./transfer-scene.ts";

const begun = "<R><UploadId>id&amp;1</UploadId></R>";

/** A store that takes parts; `part` may answer something else to one of them. */
const parts =
  (part: Answer = (_, response) => reply(response, 200, "", { etag: '"p"' })): Answer =>
  (request, response) => {
    if (request.query.has("partNumber")) return part(request, response);
    if (request.query.has("uploads")) return reply(response, 200, begun);
    reply(response, 200, "", { etag: '"1"' });
  };

async function* chunks(...texts: readonly string[]) {
  for (const each of texts) yield Buffer.from(each);
}

async function upload(
  answer: Answer,
  source: AsyncIterable<Buffer>,
  options: { readonly maxBytes?: number; readonly signal?: AbortSignal } = {},
) {
  await using scene = await transferScene(answer);
  const ids: string[] = [];
  const { maxBytes = null, signal = whole } = options;
  const result = await uploadObject(scene.channel, source, {
    object: "a",
    metadata: { cachekey: "k" },
    partBytes: 10,
    concurrency: 2,
    maxBytes,
    signal,
    memory: scene.memory,
    onBegun: async (id) => void ids.push(id),
  }).catch((error: unknown) => error);
  // What was taken is given back, however it ended.
  await scene.memory.take(1_000_000, AbortSignal.timeout(1000));
  return { result, ids, asked: scene.asked(), bodies: scene.seen.map(({ body }) => body.toString()) };
}

describe("an upload", () => {
  it("of what is not longer than a part is one request", async () => {
    const { result, asked, bodies, ids } = await upload(parts(), chunks("01234", "56789"));
    expect({ result, asked, bodies, ids }).toEqual({
      result: { kind: "uploaded", bytes: 10 },
      asked: ["PUT"],
      bodies: ["0123456789"],
      ids: [],
    });
    expect((await upload(parts(), chunks())).bodies).toEqual([""]);
  });

  it("of more goes in parts, in their order, and is completed with their ETags", async () => {
    const { result, asked, bodies, ids } = await upload(parts(), chunks("0123456", "789abcdefghi", "jklmnop"));
    expect(result).toEqual({ kind: "uploaded", bytes: 26 });
    expect(ids).toEqual(["id&1"]);
    expect(asked[0]).toBe("POST uploads=");
    expect(asked.slice(1, 4).toSorted()).toEqual([1, 2, 3].map((n) => `PUT partNumber=${n}&uploadId=id%261`));
    expect(bodies.slice(1, 4).toSorted()).toEqual(["0123456789", "abcdefghij", "klmnop"]);
    expect(asked[4]).toBe("POST uploadId=id%261");
    const list = [1, 2, 3].map((n) => `<Part><PartNumber>${n}</PartNumber><ETag>&quot;p&quot;</ETag></Part>`);
    expect(bodies[4]).toBe(`<CompleteMultipartUpload>${list.join("")}</CompleteMultipartUpload>`);
  });

  it("whose part fails three times is taken back, and says why", async () => {
    const { result, asked } = await upload(
      parts(({ query }, response) => reply(response, query.get("partNumber") === "2" ? 500 : 200)),
      chunks("0".repeat(45)),
    );
    expect(result).toMatchObject({ code: "CACHE_STORE", message: expect.stringContaining("part 2 of the cache") });
    expect(asked.filter((each) => each.includes("partNumber=2"))).toHaveLength(3);
    expect(asked.at(-1)).toBe("DELETE uploadId=id%261");
  });

  it("whose part fails just when memory for the next is given keeps none of it", async () => {
    await using scene = await transferScene(parts((_, response) => reply(response, 403)));
    class Memory extends PartMemory {
      #taken = 0;
      override async take(bytes: number, signal: AbortSignal): Promise<void> {
        await super.take(bytes, signal);
        if (++this.#taken === 2) await new Promise((resolve) => signal.addEventListener("abort", resolve));
      }
    }
    const memory = new Memory(20);
    const options = { object: "a", metadata: {}, partBytes: 10, concurrency: 2, maxBytes: null, signal: whole };
    const upload = uploadObject(scene.channel, chunks("0".repeat(25)), {
      ...options,
      memory,
      onBegun: async () => {},
    });
    await expect(upload).rejects.toThrow("part 1 of the cache");
    await memory.take(20, AbortSignal.timeout(1000));
  });

  it("that gets longer than allowed is taken back", async () => {
    const { result, asked } = await upload(parts(), chunks("0".repeat(15), "1".repeat(15)), { maxBytes: 20 });
    expect(result).toEqual({ kind: "too-large", bytes: 30 });
    expect(asked.at(-1)).toBe("DELETE uploadId=id%261");
    const short = await upload(parts(), chunks("0123456789"), { maxBytes: 5 });
    expect(short).toMatchObject({ result: { kind: "too-large" }, asked: [] });
  });

  it("whose source fails is taken back, and fails with that", async () => {
    const source = async function* () {
      yield* chunks("0".repeat(25));
      throw new Error("the container is gone");
    };
    const { result, asked } = await upload(parts(), source());
    expect(result).toEqual(new Error("the container is gone"));
    expect(asked.at(-1)).toBe("DELETE uploadId=id%261");
  });

  it("that is cut ends with the signal's reason, and is taken back", async () => {
    const cut = new AbortController();
    const source = async function* () {
      yield* chunks("0".repeat(25));
      cut.abort(new Error("canceled"));
      yield* chunks("0".repeat(25));
    };
    const { result, asked } = await upload(parts(), source(), { signal: cut.signal });
    expect(result).toEqual(new Error("canceled"));
    expect(asked.at(-1)).toBe("DELETE uploadId=id%261");
  });

  it("that fails when it is completed is known by the store's words, even behind a 200", async () => {
    const { result } = await upload(
      (request, response) =>
        request.method === "POST" && request.query.has("uploadId")
          ? reply(response, 200, "<Error><Code>InternalError</Code></Error>")
          : parts()(request, response),
      chunks("0".repeat(25)),
    );
    expect(result).toMatchObject({ code: "CACHE_STORE" });
  });
});
