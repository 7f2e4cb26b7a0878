import { randomBytes } from "node:crypto";
import { PassThrough, type Readable } from "node:stream";
import { findObject, uploadMark } from "../cache/download-object.ts";
import { type Uploaded, uploadObject } from "../cache/upload-object.ts";
import { getArchive } from "../docker/container.ts";
import { type CacheRequest, isSaved, saveCacheScript, wantedToPush } from "../script/cache.ts";
import type { CacheName } from "../script/cache-names.ts";
import { SAVED } from "../script/cache-save.ts";
import { lookScript, noteScript, parseVersion } from "../script/remote-cache.ts";
import { green, yellow } from "../script/say.ts";
import { writeCache } from "../storage/cache-writer.ts";
import { messageOf } from "../support/errors.ts";
import type { Helper } from "./helper-container.ts";
import type { JobContext } from "./job-context.ts";
import { orWarn, placeOf, type RemoteCache } from "./remote-cache.ts";
import { withProgress } from "./transfer-progress.ts";
import { UploadNote } from "./upload-note.ts";

interface Scene {
  readonly context: JobContext;
  readonly helper: Helper;
  readonly remote: RemoteCache;
  readonly note: UploadNote;
}

/**
 * The archive_cache stage with a remote store: each cache is saved locally, and sent on unless the store has the same.
 * Nothing of it is a failure of the job.
 */
export async function saveToStore(
  context: JobContext,
  helper: Helper,
  remote: RemoteCache,
  outcome: "success" | "failure",
): Promise<void> {
  const { plan, trace } = context;
  for (const [index, cache] of plan.caches.entries()) {
    if (!isSaved(cache, outcome)) continue;
    const { warnings, name } = wantedToPush(cache, plan.cachePlace);
    if (typeof name === "string") {
      for (const warning of warnings) await trace.line(yellow(warning));
      await trace.line(green(name));
      continue;
    }
    const scene = { context, helper, remote, note: new UploadNote(context.scratch, index) };
    const isDone = await context.spans.run("upload", { cache: name.key }, () => saveOne(scene, cache, name, outcome));
    await trace.line(isDone ? green("Created cache") : yellow("Failed to create cache"));
  }
}

async function saveOne(
  scene: Scene,
  cache: CacheRequest,
  name: CacheName,
  outcome: "success" | "failure",
): Promise<boolean> {
  const { context, helper, remote } = scene;
  const { plan, control, trace } = context;
  const staged = saveCacheScript([cache], plan.cachePlace, outcome, "remote");
  if (staged === null) return true;
  const code = await helper.runStaged(staged, control.job);
  if (code === SAVED.nothing) return true;
  if (code !== SAVED.version) return false;
  const local = parseVersion((await helper.ask(lookScript(name, plan.cachePlace), control.job)).answer);
  if (local === null) return false;
  const sent = await orWarn(context, remote.plan.timeoutSeconds, async (signal) => {
    const place = await placeOf(remote, name.object, signal);
    if (local.etag !== "" && local.url === place.url) {
      // It may have expired, or somebody else may have saved something since.
      const there = await findObject(remote.channel, place.object, signal);
      if (there?.etag === local.etag) {
        await trace.line("Archive is up to date!");
        return { origin: null };
      }
    }
    const uploaded = await upload(scene, name, `${name.directory}/${local.version}`, place, signal);
    if (uploaded.kind === "too-large") {
      await trace.line(
        `Cache archive size (${uploaded.bytes}) is too big (Limit is set to ${remote.plan.maxArchiveBytes}). Cache will be stored only locally.`,
      );
      return { origin: null };
    }
    await trace.line(`Uploading cache to ${place.url}... ok  bytes=${uploaded.bytes}`);
    // Not every server says in its answer to an upload in parts what the object is called then.
    const there = await findObject(remote.channel, place.object, signal).catch(() => null);
    return { origin: there?.mark === uploaded.mark ? { url: place.url, etag: there.etag } : null };
  });
  await helper.run(noteScript(name, local.version, sent?.origin ?? null, plan.cachePlace), control.job);
  return sent !== null;
}

async function upload(
  scene: Scene,
  { key }: CacheName,
  directory: string,
  place: { readonly object: string; readonly url: string },
  signal: AbortSignal,
): Promise<Uploaded & { readonly mark: string }> {
  const { context, remote, note } = scene;
  const { maxArchiveBytes: maxBytes, pieceBytes, concurrency } = remote.plan;
  await note.takeBack(remote.channel);
  const mark = randomBytes(8).toString("hex");
  const tally = { bytes: 0, files: 0 };
  const words = { doing: "Uploading cache", done: "Uploaded cache" };
  const uploaded = await withProgress(context, { ...words, tally: async () => tally }, () =>
    uploadObject(remote.channel, packed(scene, directory, tally, signal), {
      object: place.object,
      metadata: { cachekey: key, [uploadMark]: mark },
      partBytes: pieceBytes,
      concurrency,
      maxBytes,
      memory: remote.memory,
      signal,
      onBegun: (id) => note.write({ ...place, id }),
    }),
  );
  await note.remove();
  return { ...uploaded, mark };
}

function packed(
  { context, helper, remote }: Scene,
  directory: string,
  tally: { bytes: number; files: number },
  signal: AbortSignal,
): Readable {
  const out = new PassThrough();
  const write = async () => {
    const tar = await getArchive(context.engine, helper.id, `${directory}/tree`, signal);
    const { format, level } = remote.plan;
    await writeCache(tar, out, { format, level, stripPrefix: "tree", signal, tally });
  };
  write().catch((error: unknown) => out.destroy(error instanceof Error ? error : new Error(messageOf(error))));
  return out;
}
