import type { StoreRecord } from "../journal/storage-ledger.ts";
import type { StoragePlan } from "../job/storage-plan.ts";

/** What is to be done with a leased volume before a job gets it. */
export type StoreVerdict =
  | { readonly kind: "keep"; readonly record: StoreRecord }
  /** There was none, or it is gone: `reason` for the job's log. */
  | { readonly kind: "make"; readonly reason: string }
  /** There is one that must not be used. */
  | { readonly kind: "wipe"; readonly reason: string };

export interface StoreFacts {
  /** null: nothing is written down about it. */
  readonly record: StoreRecord | null;
  /** What stands on the volume; null when there is no such volume, "" when it doesn't say which one it is. */
  readonly id: string | null;
  /** Id of the image of the daemon that is to use it. */
  readonly image: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Decides whether a layer store may be used. Pure; in doubt it is wiped. */
export function judgeStore(
  { record, id, image, now }: StoreFacts,
  bounds: Pick<StoragePlan, "maxBytes" | "maxAgeMs">,
): StoreVerdict {
  if (id === null) {
    if (record === null) return { kind: "make", reason: "the first one of this project here" };
    return { kind: "make", reason: record.removed === "" ? "the last one was removed" : record.removed };
  }
  const wipe = (reason: string): StoreVerdict => ({ kind: "wipe", reason });
  if (record === null || record.id !== id) return wipe("nothing is known of the last one");
  if (record.image !== image) return wipe("the image of the daemon is another one now");
  const age = now - record.createdAt;
  if (bounds.maxAgeMs > 0 && age > bounds.maxAgeMs) return wipe(`the last one was ${roughTime(age)} old`);
  if (isTooBig(record.bytes, bounds)) return wipe(tooBig(record.bytes ?? 0));
  return { kind: "keep", record };
}

export function isTooBig(bytes: number | null, { maxBytes }: Pick<StoragePlan, "maxBytes">): boolean {
  return maxBytes > 0 && bytes !== null && bytes > maxBytes;
}

export function tooBig(bytes: number): string {
  return `the last one had grown to ${roughSize(bytes)}`;
}

const units = ["bytes", "KiB", "MiB", "GiB", "TiB"] as const;

/** 1610612736 -> "1.5 GiB" */
export function roughSize(bytes: number): string {
  const step = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1);
  const amount = bytes / 1024 ** step;
  return `${step === 0 || amount >= 100 ? Math.round(amount) : Number(amount.toFixed(1))} ${units[step]}`;
}

/** 7500000 -> "2 h": for people who want to know how old something is. */
export function roughTime(ms: number): string {
  const seconds = Math.max(Math.round(ms / 1000), 0);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} days`;
}
