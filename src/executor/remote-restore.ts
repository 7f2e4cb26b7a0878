import { rm } from "node:fs/promises";
import { join } from "node:path";
import { downloadObject, type FoundObject, findObject } from "../cache/download-object.ts";
import { putArchive } from "../docker/container.ts";
import { cleanUpLines, namesFiles, wantedToPull } from "../script/cache.ts";
import type { CacheName } from "../script/cache-names.ts";
import {
  cleanUpScript,
  copyBackScript,
  dropPlaceScript,
  lookScript,
  makePlaceScript,
  parsePlace,
  parseVersion,
  takeOverScript,
} from "../script/remote-cache.ts";
import { green, yellow } from "../script/say.ts";
import { archiveToTar } from "../storage/archive-reader.ts";
import type { Helper } from "./helper-container.ts";
import type { JobContext } from "./job-context.ts";
import { orWarn, placeOf, type RemoteCache } from "./remote-cache.ts";
import { withProgress } from "./transfer-progress.ts";

/**
 * The restore_cache stage with a remote store: of each cache the first that is there is made the local copy, unless that
 * is the same already, and copied into the project directory. Nothing of it is a failure of the job.
 */
export async function restoreFromStore(context: JobContext, helper: Helper, remote: RemoteCache): Promise<void> {
  const { plan, control, trace } = context;
  for (const [index, cache] of plan.caches.filter(namesFiles).entries()) {
    const { warnings, names } = wantedToPull(cache, plan.cachePlace);
    for (const warning of warnings) await trace.line(yellow(warning));
    if (typeof names === "string") {
      await trace.line(green(names));
      continue;
    }
    const cleanUp = cleanUpScript(cleanUpLines(cache, plan.cachePlace), plan.cachePlace);
    for (const name of names) {
      await trace.line(green(`Checking cache for ${name.key}...`));
      const isRestored = await context.spans.run("download", { cache: name.key }, () =>
        restoreOne({ context, helper, remote, file: join(context.scratch, `cache-${index}`) }, name),
      );
      if (isRestored) break;
      if (cleanUp !== null) await helper.run(cleanUp, control.job);
    }
  }
}

interface Scene {
  readonly context: JobContext;
  readonly helper: Helper;
  readonly remote: RemoteCache;
  /** On the agent's disk, for the archive. */
  readonly file: string;
}

async function restoreOne(scene: Scene, name: CacheName): Promise<boolean> {
  try {
    return await restoreInto(scene, name);
  } finally {
    await rm(scene.file, { force: true });
  }
}

async function restoreInto(scene: Scene, name: CacheName): Promise<boolean> {
  const { context, helper, remote } = scene;
  const { plan, control, trace } = context;
  const { answer } = await helper.ask(lookScript(name, plan.cachePlace), control.job);
  const local = parseVersion(answer);
  const fetched = await orWarn(context, remote.plan.timeoutSeconds, async (signal) => {
    for (const object of [name.object, name.formerObject]) {
      // A key that is fit for a hash alone had no other name.
      if (object === "") continue;
      const place = await placeOf(remote, object, signal);
      if (local !== null && local.etag !== "" && local.url === place.url) {
        const there = await findObject(remote.channel, place.object, signal);
        if (there?.etag === local.etag) return "up to date";
        if (there === null) continue;
      }
      const found = await fetchArchive(scene, place, signal);
      if (found !== null) return { place, found };
    }
    return "missing";
  });
  if (fetched === "missing") {
    await trace.warning("Cache file does not exist");
    await trace.line(yellow("Failed to extract cache"));
    return false;
  }
  if (fetched === "up to date") await trace.line("The local copy of the cache is up to date");
  if (fetched === "up to date" || (fetched === null && local !== null)) {
    if (fetched === null) await trace.warning("The local copy of the cache is taken, which may be older");
    return (await helper.run(copyBackScript(name, plan.cachePlace), control.job)) === 0;
  }
  const isTakenOver = fetched !== null && (await unpack(scene, name, fetched.place.url, fetched.found));
  if (!isTakenOver) await trace.line(yellow("Failed to extract cache"));
  return isTakenOver;
}

async function fetchArchive(
  { context, remote, file }: Scene,
  place: { readonly object: string; readonly url: string },
  signal: AbortSignal,
): Promise<FoundObject | null> {
  const { pieceBytes, concurrency } = remote.plan;
  const words = { doing: "Downloading cache", done: "Downloaded cache" };
  const progress = { bytes: 0 };
  const found = await withProgress(context, { ...words, tally: async () => progress }, () =>
    downloadObject(remote.channel, {
      object: place.object,
      toFile: file,
      pieceBytes,
      concurrency,
      signal,
      onBytes: (bytes) => {
        progress.bytes += bytes;
      },
    }),
  );
  if (found !== null) {
    const etag = found.etag === "" ? "" : ` ETag=${found.etag}`;
    await context.trace.line(`Downloading cache from ${place.url}... ok  bytes=${found.bytes}${etag}`);
  }
  return found;
}

/** Nothing of the archive gets near the project directory before all of it is unpacked. */
async function unpack(scene: Scene, name: CacheName, url: string, { etag }: FoundObject): Promise<boolean> {
  const { context, helper, remote, file } = scene;
  const { plan, control, engine } = context;
  const { code, answer } = await helper.ask(makePlaceScript(name, plan.cachePlace), control.job);
  const unpacked = parsePlace(answer);
  if (code !== 0 || unpacked === "") return false;
  const isUnpacked = await orWarn(context, remote.plan.timeoutSeconds, async (signal) => {
    const tally = { bytes: 0, files: 0 };
    const words = { doing: "Extracting cache", done: "Extracted cache" };
    await withProgress(context, { ...words, tally: async () => tally }, async () => {
      const tar = await archiveToTar(file, { signal, tally });
      await putArchive(engine, helper.id, `${name.directory}/${unpacked}/tree`, tar, signal);
    });
    return true;
  });
  if (isUnpacked !== true) {
    await helper.run(dropPlaceScript(name, unpacked, plan.cachePlace), control.job);
    return false;
  }
  return (await helper.run(takeOverScript(name, unpacked, { url, etag }, plan.cachePlace), control.job)) === 0;
}
