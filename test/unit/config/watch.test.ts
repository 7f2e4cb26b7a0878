import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfig, type LoadedConfig } from "../../../src/config/load.ts";
import { type ConfigWatch, watchConfig } from "../../../src/config/watch.ts";
import type { Clock } from "../../../src/support/clock.ts";

/** Each `tick` ends one sleep, and resolves when the next one begins: then all that the tick led to is done. */
function manualClock(): Clock & { tick: () => Promise<void> } {
  let wake = () => {};
  let asleep = Promise.withResolvers<void>();
  return {
    now: () => 0,
    monotonic: () => 0,
    sleep: (_ms, signal) =>
      new Promise<void>((resolve, reject) => {
        wake = resolve;
        signal?.addEventListener("abort", () => reject(signal.reason as Error));
        asleep.resolve();
      }),
    async tick() {
      await asleep.promise;
      asleep = Promise.withResolvers();
      wake();
      await asleep.promise;
    },
  };
}

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "longshore-watch-"));
  file = path.join(directory, "config.toml");
  await writeFile(file, "concurrent = 1\n");
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function watched() {
  const clock = manualClock();
  const seen: (number | string)[] = [];
  const watch: ConfigWatch = await watchConfig({
    file,
    clock,
    load: () => loadConfig(file, { env: {}, home: directory }),
    onConfig: ({ config }: LoadedConfig) => seen.push(config.concurrent),
    onError: (error) => seen.push((error as { code: string }).code),
  });
  return { clock, seen, watch };
}

describe("watchConfig", () => {
  it("loads a file once for each change, and not without one", async () => {
    const { clock, seen, watch } = await watched();
    await using _ = watch;
    await clock.tick();
    expect(seen).toEqual([]);
    await writeFile(file, "concurrent = 22\n");
    await clock.tick();
    await clock.tick();
    expect(seen).toEqual([22]);
  });

  it("reports a broken or missing file once and goes on to the next change", async () => {
    const { clock, seen, watch } = await watched();
    await using _ = watch;
    await writeFile(file, "concurrent = \n");
    await clock.tick();
    await clock.tick();
    await rm(file);
    await clock.tick();
    await clock.tick();
    await writeFile(file, "concurrent = 3\n");
    await clock.tick();
    expect(seen).toEqual(["CONFIG_SYNTAX", "CONFIG_MISSING", 3]);
  });

  it("loads an unchanged file when told to, and not again at the next look", async () => {
    const { clock, seen, watch } = await watched();
    await using _ = watch;
    await watch.reload();
    await clock.tick();
    expect(seen).toEqual([1]);
  });

  it("ends with its last look, and is silent afterwards", async () => {
    const { seen, watch } = await watched();
    await watch[Symbol.asyncDispose]();
    await watch.reload();
    expect(seen).toEqual([]);
  });
});
