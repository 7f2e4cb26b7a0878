import type { FinishedPart, Metadata, RequestShape } from "./object-store.ts";
import type { PartMemory } from "./part-memory.ts";
import { refused, type StoreChannel } from "./store-channel.ts";
import { storeError } from "./store-error.ts";

export interface UploadOptions {
  readonly object: string;
  readonly metadata: Metadata;
  /** Bytes of a part; what is not longer than one is put whole. */
  readonly partBytes: number;
  /** Parts that are under way at once. */
  readonly concurrency: number;
  /** A longer object is taken back; null for no limit. */
  readonly maxBytes: number | null;
  readonly memory: PartMemory;
  readonly signal: AbortSignal;
  /** An upload in parts has begun, which stays in the store until it is finished or aborted. */
  readonly onBegun: (id: string) => Promise<void>;
}

export type Uploaded =
  | { readonly kind: "uploaded"; readonly bytes: number }
  /** `bytes`: what it had come to. */
  | { readonly kind: "too-large"; readonly bytes: number };

/** Of a store that a part was not sent to yet. */
const abortMs = 30_000;

/**
 * Sends a stream of unknown length as an object. Nobody sees it before it is complete: it replaces what was there at
 * once. Fails with what the source fails with. @throws AgentError CACHE_STORE
 */
export async function uploadObject(
  channel: StoreChannel,
  source: AsyncIterable<Buffer>,
  options: UploadOptions,
): Promise<Uploaded> {
  const upload = new Upload(channel, options);
  try {
    for await (const chunk of source) if (!(await upload.take(chunk))) return await upload.takeBack();
    return await upload.finish();
  } catch (error) {
    await upload.takeBack();
    throw error;
  }
}

class Upload {
  readonly #channel: StoreChannel;
  readonly #options: UploadOptions;
  readonly #failed = new AbortController();
  readonly #signal: AbortSignal;
  readonly #parts: FinishedPart[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #failure: unknown = null;
  #id = "";
  #block: Buffer | null = null;
  #filled = 0;
  #bytes = 0;
  #sent = 0;

  constructor(channel: StoreChannel, options: UploadOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#failed.signal]);
  }

  /** False when it gets too long. */
  async take(chunk: Buffer): Promise<boolean> {
    const { maxBytes, partBytes } = this.#options;
    this.#bytes += chunk.length;
    if (maxBytes !== null && this.#bytes > maxBytes) return false;
    for (let at = 0; at < chunk.length;) {
      const block = this.#block ?? (await this.#unlessFailed(this.#makeBlock()));
      const copied = chunk.copy(block, this.#filled, at);
      at += copied;
      this.#filled += copied;
      // A last part that is full waits for the end: an object of one part is put whole.
      if (this.#filled === partBytes && at < chunk.length) await this.#sendPart();
    }
    return true;
  }

  async finish(): Promise<Uploaded> {
    const { uploads } = this.#channel.store;
    const { metadata } = this.#options;
    if (this.#sent === 0) {
      const shape = { ...uploads.whole(metadata), body: this.#block?.subarray(0, this.#filled) ?? new Uint8Array() };
      await this.#send("uploading the cache", shape, [200, 201]);
    } else {
      if (this.#filled > 0) await this.#sendPart();
      await this.#unlessFailed(Promise.all(this.#underWay));
      const parts = this.#parts.toSorted((a, b) => a.number - b.number);
      const answer = await this.#send("completing the upload", uploads.finish(this.#id, parts, metadata), [200, 201]);
      // S3 may find out after it has said 200.
      if (/<Error>/.test(answer)) throw storeError("completing the upload failed in the store");
    }
    this.#release();
    return { kind: "uploaded", bytes: this.#bytes };
  }

  /** Leaves nothing in the store. Does not throw: what can't be taken back, the store's own rules remove. */
  async takeBack(): Promise<Uploaded> {
    this.#failed.abort(new Error("the upload has ended"));
    await Promise.allSettled(this.#underWay);
    this.#release();
    if (this.#id !== "") await abortUpload(this.#channel, this.#options.object, this.#id);
    return { kind: "too-large", bytes: this.#bytes };
  }

  /** Kept at once: what is taken for an upload that fails in this very moment is given back with the rest. */
  async #makeBlock(): Promise<Buffer> {
    const { partBytes, memory } = this.#options;
    await memory.take(partBytes, this.#signal);
    this.#block = Buffer.allocUnsafeSlow(partBytes);
    return this.#block;
  }

  async #sendPart(): Promise<void> {
    const { concurrency, partBytes, memory } = this.#options;
    const block = this.#block;
    if (block === null) return;
    if (this.#sent === 0) await this.#begin();
    while (this.#underWay.size >= concurrency) await this.#unlessFailed(Promise.race(this.#underWay));
    const number = ++this.#sent;
    const body = block.subarray(0, this.#filled);
    this.#block = null;
    this.#filled = 0;
    const work = this.#putPart(number, body)
      .catch((error: unknown) => {
        this.#failure ??= error;
        this.#failed.abort(error);
      })
      .finally(() => {
        memory.giveBack(partBytes);
        this.#underWay.delete(work);
      });
    this.#underWay.add(work);
  }

  async #begin(): Promise<void> {
    const { uploads } = this.#channel.store;
    const shape = uploads.begin(this.#options.metadata);
    this.#id = uploads.idOf(shape === null ? "" : await this.#send("beginning the upload", shape, [200]));
    await this.#options.onBegun(this.#id);
  }

  async #putPart(number: number, body: Uint8Array): Promise<void> {
    const { object } = this.#options;
    const shape = { ...this.#channel.store.uploads.part(this.#id, number), body };
    const answer = await this.#channel.send({ object, purpose: "upload", shape, wanted: 200, signal: this.#signal });
    if (answer.status !== 200 && answer.status !== 201) throw refused(`uploading part ${number} of the cache`, answer);
    this.#parts.push({ number, etag: answer.header("etag") });
  }

  async #send(what: string, shape: RequestShape, good: readonly number[]): Promise<string> {
    const { object } = this.#options;
    const answer = await this.#channel.send({ object, purpose: "upload", shape, wanted: 200, signal: this.#signal });
    if (!good.includes(answer.status)) throw refused(what, answer);
    return Buffer.from(answer.body).toString("utf8");
  }

  /** The first part that failed says why, and not the others that were cut for it. */
  async #unlessFailed<T>(work: Promise<T>): Promise<T> {
    try {
      const result = await work;
      if (this.#failure !== null) throw this.#failure;
      return result;
    } catch (error) {
      throw this.#failure ?? error;
    }
  }

  #release(): void {
    if (this.#block === null) return;
    this.#block = null;
    this.#options.memory.giveBack(this.#options.partBytes);
  }
}

/** Takes back what is left of an upload in parts, this or an earlier one's. Does not throw: false when it is still there. */
export async function abortUpload(channel: StoreChannel, object: string, id: string): Promise<boolean> {
  const shape = channel.store.uploads.abort(id);
  if (shape === null) return true;
  const signal = AbortSignal.timeout(abortMs);
  const answer = await channel.send({ object, purpose: "upload", shape, wanted: null, signal }).catch(() => null);
  return answer !== null && (answer.status === 404 || (answer.status >= 200 && answer.status < 300));
}
