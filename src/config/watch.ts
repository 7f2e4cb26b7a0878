import { stat } from "node:fs/promises";
import type { Clock } from "../support/clock.ts";
import type { LoadedConfig } from "./load.ts";

export interface WatchOptions {
  readonly file: string;
  readonly load: () => Promise<LoadedConfig>;
  readonly clock: Clock;
  /** Default 3000, as GitLab Runner. */
  readonly intervalMs?: number;
  readonly onConfig: (loaded: LoadedConfig) => void;
  /** The file is broken or gone; the settings in use stay. Once for each change of the file. */
  readonly onError: (error: unknown) => void;
}

/** Watches config.toml until it is disposed of. */
export interface ConfigWatch extends AsyncDisposable {
  /** Loads now, changed or not (SIGHUP). */
  reload(): Promise<void>;
}

/** Resolves once the first look is taken; changes after that are noticed. Start it before the first load, so that none is missed. */
export async function watchConfig(options: WatchOptions): Promise<ConfigWatch> {
  const { file, load, clock, intervalMs = 3000, onConfig, onError } = options;
  const stop = new AbortController();
  let seen = await fingerprint(file);
  let turn: Promise<void> = Promise.resolve();

  const loadNow = async () => {
    try {
      const loaded = await load();
      if (!stop.signal.aborted) onConfig(loaded);
    } catch (error) {
      if (!stop.signal.aborted) onError(error);
    }
  };
  /** One at a time: a reload that overtakes another would bring back older settings. */
  const inTurn = (work: () => Promise<void>) => (turn = turn.then(work));

  const look = async () => {
    const now = await fingerprint(file);
    if (now === seen) return;
    seen = now;
    await loadNow();
  };
  const poll = async () => {
    while (!stop.signal.aborted) {
      try {
        await clock.sleep(intervalMs, stop.signal);
      } catch {
        return;
      }
      await inTurn(look);
    }
  };
  const polling = poll();

  return {
    reload: () =>
      inTurn(async () => {
        seen = await fingerprint(file);
        await loadNow();
      }),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.all([polling, turn]);
    },
  };
}

/** Changes whenever the file is written or replaced; a name for what is wrong when it can't be looked at. */
async function fingerprint(file: string): Promise<string> {
  try {
    const { mtimeNs, ino, size } = await stat(file, { bigint: true });
    return `${mtimeNs} ${ino} ${size}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "unreadable";
  }
}
