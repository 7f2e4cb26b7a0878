import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { bootLabel, runnerLabel } from "../job/labels.ts";
import { journalFiles } from "./read-job.ts";
import { decodeRecords } from "./record-line.ts";

/** What is still to be read of a journal that can't be used; each part null where it isn't. */
export interface SalvagedJob {
  readonly jobId: number | null;
  readonly token: string | null;
  /** Short token of the entry that took it. */
  readonly runner: string | null;
  /** CI_SERVER_URL of the job. */
  readonly serverUrl: string | null;
  /** Of the start that took it: with the job's id it names what the job made. */
  readonly boot: string | null;
  /** Of containers that the job started on its daemon; "" for none. */
  readonly composeProject: string;
  /** The job's `features.failure_reasons`. */
  readonly knownReasons: readonly string[];
  readonly spoolPath: string;
}

/** As little as possible is asked for: another version's may have all else in another shape. */
const payloadSchema = z.object({
  id: z.number().int(),
  token: z.string().min(1),
  features: z.object({ failure_reasons: z.array(z.string()).catch([]) }).catch({ failure_reasons: [] }),
  variables: z.array(z.object({ key: z.string().catch(""), value: z.string().catch("") })).catch([]),
});
const openedSchema = z.object({
  type: z.literal("opened"),
  jobId: z.number().int().nullable().catch(null),
  boot: z.string().nullable().catch(null),
  entry: z.object({ runner: z.string().nullable().catch(null) }).catch({ runner: null }),
});

/** Reads what can be read of a journal in whatever state. Never rejects. */
export async function salvageJob(path: string): Promise<SalvagedJob> {
  const [payloadText, planText, events] = await Promise.all([
    textOf(join(path, journalFiles.payload)),
    textOf(join(path, journalFiles.plan)),
    readFile(join(path, journalFiles.events)).catch(() => Buffer.alloc(0)),
  ]);
  const payload = payloadOf(payloadText);
  const opened = decodeRecords(events)
    .records.map((record) => openedSchema.safeParse(record))
    .find(({ success }) => success)?.data;
  const named = /^(\d{1,15})-/.exec(basename(path))?.[1];
  return {
    jobId: payload?.id ?? opened?.jobId ?? (named === undefined ? null : Number(named)),
    token: payload?.token ?? null,
    runner: opened?.entry.runner ?? valueOf(planText, runnerLabel),
    serverUrl: payload?.variables.find(({ key }) => key === "CI_SERVER_URL")?.value ?? null,
    boot: opened?.boot ?? valueOf(planText, bootLabel),
    composeProject: valueOf(planText, "composeProject") ?? "",
    knownReasons: payload?.features.failure_reasons ?? [],
    spoolPath: join(path, journalFiles.spool),
  };
}

type SalvagedPayload = z.infer<typeof payloadSchema>;

/** A payload that was cut off still begins with the job's id and its token, as the coordinator sends them. */
function payloadOf(text: string): SalvagedPayload | null {
  try {
    return payloadSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    const match = /^\{"id":(\d{1,15}),"token":"([\w.:-]{1,4096})"/.exec(text);
    if (match === null) return null;
    const [, id, token] = match as unknown as [string, string, string];
    return { id: Number(id), token, features: { failure_reasons: [] }, variables: [] };
  }
}

/** The first value of a key in JSON that may be cut off; of plain characters only. */
function valueOf(text: string, key: string): string | null {
  const at = text.indexOf(`"${key}":"`);
  return at === -1 ? null : (/^[\w.-]{1,100}(?=")/.exec(text.slice(at + key.length + 4))?.[0] ?? null);
}

function textOf(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
