import { daemonKey, type DaemonSettings } from "./daemons.ts";
import { isConnectionTrouble } from "../docker/errors.ts";
import type { Clock } from "../support/clock.ts";
import { AgentError } from "../support/errors.ts";
import { orAborted } from "../support/or-aborted.ts";
import { DaemonVigil, type WatchTimes } from "./daemon-vigil.ts";
import { lookHint, lossMessage, sightWords } from "./sight-words.ts";
import type { DaemonSight } from "./sight.ts";

/** Why jobs on a daemon were given up: what was seen, and where to look. */
export interface DaemonLoss {
  readonly message: string;
  readonly hint: string;
}

export interface DaemonWatchOptions {
  readonly clock: Clock;
  /** Ends all looks. */
  readonly stopping: AbortSignal;
  readonly look: (docker: DaemonSettings, limitMs: number, signal: AbortSignal) => Promise<DaemonSight>;
  /** For the agent's log; `problem` is "" when the daemon answers again. */
  readonly onChange: (host: string, problem: string) => void;
  readonly times?: Partial<WatchTimes>;
}

const defaultTimes: WatchTimes = { intervalMs: 10_000, limitMs: 10_000, boundMs: 120_000, patienceMs: 60_000 };
/** While a job waits to begin. */
const retryMs = 2_000;

/**
 * Knows which of the daemons can be used. A daemon that hangs would keep its jobs waiting until their own limit, since
 * nothing bounds how long a script may run; one that is gone would fail jobs as fast as the coordinator hands them out.
 */
export class DaemonWatch {
  readonly #options: DaemonWatchOptions;
  readonly #times: WatchTimes;
  readonly #vigils = new Map<string, DaemonVigil>();
  #returned = new AbortController();

  constructor(options: DaemonWatchOptions) {
    this.#options = options;
    this.#times = { ...defaultTimes, ...options.times };
  }

  /** Aborts at the next moment when one of the daemons answers that did not: what failed for want of it may go now. */
  get nextReturn(): AbortSignal {
    return this.#returned.signal;
  }

  /** While it isn't disposed of, the daemon is looked at; `onLost` is called at most once. */
  watch(docker: DaemonSettings, onLost: (loss: DaemonLoss) => void): Disposable {
    return this.#of(docker).watch((sight, outageMs) =>
      onLost({ message: lossMessage(docker.host, sight, outageMs), hint: lookHint(docker.host, sight) }),
    );
  }

  /** Why no job should be taken for this daemon now; null when nothing is known against it. */
  obstacle(docker: DaemonSettings): string | null {
    const { bad } = this.#of(docker);
    return bad === null ? null : `the Docker daemon at ${docker.host} ${sightWords(bad)}`;
  }

  /** A call failed like this: if it is for want of the daemon, it is looked at now. */
  suspect(docker: DaemonSettings, error: unknown): void {
    if (isConnectionTrouble(error)) void this.#of(docker).look();
  }

  /** Looks at it now, and waits no longer than `signal` says for what that finds. */
  async look(docker: DaemonSettings, signal: AbortSignal): Promise<void> {
    await orAborted(this.#of(docker).look(), signal).catch(() => {});
  }

  /**
   * Resolves when the daemon answers; waits for one that is restarted, and says so.
   *
   * @param after what failed just now; null at the first try. What is no trouble of the connection waits for nothing.
   * @throws AgentError DAEMON_UNUSABLE when it isn't back within a minute; the signal's reason
   */
  async ready(
    docker: DaemonSettings,
    after: unknown,
    signal: AbortSignal,
    say: (text: string) => Promise<void>,
  ): Promise<void> {
    const { clock } = this.#options;
    const vigil = this.#of(docker);
    if (after === null ? vigil.isFresh : !isConnectionTrouble(after)) return;
    const from = clock.monotonic();
    for (let waits = false; ; waits = true) {
      const sight = await orAborted(vigil.look(), signal);
      if (sight.kind === "answers") {
        if (waits) await say("The Docker daemon answers again");
        return;
      }
      const leftMs = this.#times.patienceMs - (clock.monotonic() - from);
      const words = `the Docker daemon at ${docker.host} ${sightWords(sight)}`;
      if (leftMs <= 0) throw new AgentError("DAEMON_UNUSABLE", words, { hint: lookHint(docker.host, sight) });
      if (!waits) await say(`${words}; waiting up to ${Math.ceil(leftMs / 1000)} s for it ...`);
      await clock.sleep(Math.min(retryMs, leftMs), signal);
    }
  }

  /** Resolves when no daemon is looked at any more: soon after `stopping`. */
  async ended(): Promise<void> {
    await Promise.all([...this.#vigils.values()].map((vigil) => vigil.ended()));
  }

  #of(docker: DaemonSettings): DaemonVigil {
    const key = daemonKey(docker);
    let vigil = this.#vigils.get(key);
    if (vigil === undefined) {
      const { clock, stopping, look, onChange } = this.#options;
      vigil = new DaemonVigil({
        clock,
        stopping,
        times: this.#times,
        look: (limitMs, signal) => look(docker, limitMs, signal),
        onChange: (sight) => {
          onChange(docker.host, sight === null ? "" : sightWords(sight));
          if (sight === null) this.#tellReturn();
        },
      });
      this.#vigils.set(key, vigil);
    }
    return vigil;
  }

  #tellReturn(): void {
    const before = this.#returned;
    this.#returned = new AbortController();
    before.abort(new Error("a Docker daemon answers again"));
  }
}
