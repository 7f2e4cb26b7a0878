import { setTimeout as pause } from "node:timers/promises";
import { createHash } from "node:crypto";
import { scriptJob } from "../test/support/coordinator.ts";
import { images } from "../test/support/engine.ts";
import type { JobParts } from "../src/coordinator/embedded/job-record.ts";
import type { ChaosJob } from "./chaos-job.ts";
import type { Dice } from "./dice.ts";
import { jobKinds } from "./kinds.ts";
import { artifactsDown } from "./kinds/files.ts";
import { isForgotten, type Ledger, type LedgerEntry } from "./ledger.ts";
import { type ChaosSite, sourceText } from "./site.ts";

const lookEveryMs = 150;
/** GitLab waits two minutes for a runner's acknowledgement. */
const forgottenAfterMs = 8_000;
const abortAfterMs = 1_000;

const kindSite = { images, sourceHash: createHash("sha256").update(sourceText).digest("hex") };

/** Gives the coordinator jobs until `signal` aborts, so that `atOnce` of them are always under way or wait. */
export async function feed(
  site: ChaosSite,
  ledger: Ledger,
  dice: Dice,
  atOnce: number,
  signal: AbortSignal,
): Promise<void> {
  const { coordinator } = site;
  const followers: { readonly job: ChaosJob; readonly parts: JobParts }[] = [];
  const onStart = ({ jobId }: { readonly jobId: number }) => cancelLater(site, ledger.of(jobId));
  const onFinish = ({ jobId }: { readonly jobId: number }) => {
    const entry = ledger.of(jobId);
    if (entry === undefined || signal.aborted) return;
    if (entry.chaos.artifacts === "makes" && entry.handle.state === "success")
      followers.push({
        job: artifactsDown.make(dice, kindSite),
        parts: { dependencies: [coordinator.dependencyOn(jobId)] },
      });
    // As `retry: when: runner_system_failure` does; what was retried once is not again.
    else if (entry.handle.failureReason === "runner_system_failure" && !entry.chaos.kind.startsWith("retried ")) {
      const kind = jobKinds.find(({ name }) => name === entry.chaos.kind);
      if (kind !== undefined) {
        const job = kind.make(dice, kindSite);
        followers.push({ job: { ...job, kind: `retried ${job.kind}` }, parts: {} });
      }
    }
  };
  coordinator.events.on("job-started", onStart);
  coordinator.events.on("job-finished", onFinish);
  try {
    while (!signal.aborted) {
      const open = ledger.entries.filter((entry) => !entry.handle.finished && !isForgotten(entry, forgottenAfterMs));
      for (let missing = atOnce - open.length; missing > 0; missing--) {
        const next = followers.shift() ?? { job: dice.weighted(jobKinds).make(dice, kindSite), parts: {} };
        await add(site, ledger, next.job, next.parts);
      }
      await pause(lookEveryMs, undefined, { signal }).catch(() => {});
    }
  } finally {
    coordinator.events.off("job-finished", onFinish);
  }
}

async function add(site: ChaosSite, ledger: Ledger, chaos: ChaosJob, extra: JobParts): Promise<void> {
  const { coordinator, repository, gitUrl, note } = site;
  const parts = { ...scriptJob(chaos.script), ...extra };
  const build = chaos.needsSources
    ? ({ token }: { readonly token: string }): JobParts => ({
        ...parts,
        git_info: repository.gitInfo(gitUrl, token, repository.head, gitDepth(chaos)),
      })
    : parts;
  const handle = await coordinator.addJob(build, { tags: chaos.tag === null ? [] : [chaos.tag] });
  const entry = ledger.add(chaos, handle);
  // It was quicker than we.
  if (handle.state === "running") cancelLater(site, entry);
  note(`job ${handle.id} added: ${chaos.kind}`);
}

const gitDepth = ({ script }: ChaosJob): number => Number(script.variables?.["GIT_DEPTH"] ?? 0);

function cancelLater({ coordinator, note }: ChaosSite, entry: LedgerEntry | undefined): void {
  const { cancel } = entry?.chaos ?? { cancel: null };
  if (entry === undefined || cancel === null) return;
  for (let time = 0; time < cancel.times; time++) {
    setTimeout(
      () => {
        note(`job ${entry.handle.id} ${time === 0 ? "canceled" : "aborted"} by the coordinator`);
        coordinator.cancel(entry.handle.id);
      },
      cancel.afterMs + time * abortAfterMs,
    ).unref();
  }
}
