import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { downloadObject, findObject } from "../../../src/cache/download-object.ts";
import { type Answer, reply, transferScene, whole } from "./transfer-scene.ts";

const text = "0123456789abcdefghijklmnopqrstuvwxyz";

/** A store that knows ranges, as S3 does. */
const ranges =
  (etagOf: (from: number) => string): Answer =>
  ({ headers }, response) => {
    const [from = 0, to = 0] = (/bytes=(\d+)-(\d+)/.exec(headers.range ?? "")?.slice(1) ?? []).map(Number);
    const piece = text.slice(from, to + 1);
    const headersOut = {
      etag: etagOf(from),
      "content-range": `bytes ${from}-${from + piece.length - 1}/${text.length}`,
    };
    reply(response, 206, piece, headersOut);
  };

async function download(answer: Answer) {
  await using scene = await transferScene(answer);
  let bytes = 0;
  const options = { object: "a", toFile: scene.toFile, pieceBytes: 10, concurrency: 2, signal: whole };
  const onBytes = (more: number) => {
    bytes += more;
  };
  const found = await downloadObject(scene.channel, { ...options, onBytes });
  return {
    found,
    bytes,
    content: found === null ? "" : await scene.content(),
    pauses: scene.pauses,
    asked: scene.asked(),
  };
}

describe("an object", () => {
  it("larger than a piece comes in pieces, which are put together", async () => {
    const { found, content, bytes, asked } = await download(ranges(() => '"1"'));
    expect({ found, content, bytes }).toEqual({ found: { etag: '"1"', bytes: 36 }, content: text, bytes: 36 });
    expect(asked).toHaveLength(4);
  });

  it("of which nothing says which version it is comes whole, and not in pieces", async () => {
    const { found, content, bytes, asked } = await download((seen, response) =>
      seen.headers.range === undefined ? reply(response, 200, text) : ranges(() => "")(seen, response),
    );
    expect({ found, content, bytes }).toEqual({ found: { etag: "", bytes: 36 }, content: text, bytes: 36 });
    expect(asked).toHaveLength(2);
  });

  it("that is replaced meanwhile is fetched anew, and given up when that goes on", async () => {
    let asked = 0;
    const { content } = await download(ranges((from) => (++asked > 4 || from === 0 ? '"new"' : '"old"')));
    expect(content).toBe(text);
    asked = 0;
    await expect(download(ranges(() => `"${++asked}"`))).rejects.toThrow("replaced again and again");
  });

  it("of which a piece fails has the others cut: the file may be another one's next", async () => {
    const held: ServerResponse[] = [];
    const both = Promise.withResolvers<{ readonly closed: Promise<unknown> }>();
    await using scene = await transferScene((seen, response) => {
      const { range = "" } = seen.headers;
      if (range.startsWith("bytes=0-")) return ranges(() => '"1"')(seen, response);
      held[range.startsWith("bytes=10-") ? 0 : 1] = response;
      if (held[0] === undefined || held[1] === undefined) return;
      both.resolve({ closed: once(held[1], "close") });
      reply(held[0], 403);
    });
    const options = { object: "a", toFile: scene.toFile, pieceBytes: 10, concurrency: 2, signal: whole };
    await expect(downloadObject(scene.channel, { ...options, onBytes: () => {} })).rejects.toThrow("403");
    const { closed } = await both.promise;
    await closed;
  });

  it("that is longer than the disk has room for is not begun", async () => {
    const endless = { etag: '"1"', "content-range": `bytes 0-9/${2 ** 52}` };
    await expect(download((_, response) => reply(response, 206, text.slice(0, 10), endless))).rejects.toThrow(
      "may take no more than",
    );
  });

  it("of a store whose credentials nobody gives is waited for no longer than the signal says", async () => {
    await using scene = await transferScene((_, response) => reply(response, 404));
    const cut = new AbortController();
    scene.channel.store.sign = () => {
      cut.abort(new Error("canceled"));
      return new Promise(() => {});
    };
    await expect(findObject(scene.channel, "a", cut.signal)).rejects.toThrow("canceled");
  });

  it("of a store that knows no ranges comes whole", async () => {
    const { found, content } = await download((_, response) => reply(response, 200, text, { etag: '"1"' }));
    expect({ found, content }).toEqual({ found: { etag: '"1"', bytes: 36 }, content: text });
  });

  it("that is not there is null, at once", async () => {
    const { found, pauses, asked } = await download((_, response) => reply(response, 404));
    expect({ found, pauses, asked }).toEqual({ found: null, pauses: [], asked: ["GET"] });
  });

  it.each([500, 503, 429])("is asked for three times where the store answers %i", async (status) => {
    let asked = 0;
    const { found, pauses } = await download((seen, response) =>
      ++asked < 3 ? reply(response, status) : ranges(() => '"1"')(seen, response),
    );
    expect(found?.bytes).toBe(36);
    expect(pauses).toEqual([1000, 2000]);
    await expect(download((_, response) => reply(response, status))).rejects.toMatchObject({ code: "CACHE_STORE" });
  });

  it("is asked for three times where the connection breaks, and the address shows without its signature", async () => {
    const broken = download(({ incoming }) => void incoming.socket.destroy());
    await expect(broken).rejects.toMatchObject({ code: "CACHE_STORE" });
    await expect(broken).rejects.not.toThrow(/X-Amz/);
  });

  it("that is refused says with which code of the store's", async () => {
    const body = "<Error><Code>AccessDenied</Code><Message>No &amp; no</Message></Error>";
    await expect(download((_, response) => reply(response, 403, body))).rejects.toThrow(
      "downloading the cache was answered with 403 Forbidden (AccessDenied)",
    );
  });

  it.each(["x-amz-meta-", "x-goog-meta-", "x-ms-meta-"])(
    "is known by what its uploader calls it: %s",
    async (prefix) => {
      await using scene = await transferScene((_, response) =>
        reply(response, 200, "", { etag: '"1"', [`${prefix}longshoreupload`]: "mine" }),
      );
      expect((await findObject(scene.channel, "a", whole))?.mark).toBe("mine");
    },
  );

  it("is looked for without its content", async () => {
    await using scene = await transferScene(({ url }, response) =>
      url.includes("/none") ? reply(response, 404) : reply(response, 200, "", { etag: '"1"', "content-length": "5" }),
    );
    expect(await findObject(scene.channel, "a", whole)).toEqual({ etag: '"1"', bytes: 5, mark: "" });
    expect(await findObject(scene.channel, "none", whole)).toBeNull();
  });
});
