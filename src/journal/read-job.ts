import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { JobPayload } from "../coordinator/job-payload.ts";
import { jobPayloadSchema } from "../coordinator/job-payload.ts";
import type { JobPlan } from "../job/plan.ts";
import { AgentError, messageOf } from "../support/errors.ts";
import { leftLogSize } from "../trace/left-log.ts";
import { CheckpointSlots } from "./checkpoint-slots.ts";
import type { JobOpened, JournalEvent } from "./events.ts";
import { journalVersion } from "./events.ts";
import type { JobRecord, ReceivedBeside } from "./job-record.ts";
import { foldEvents } from "./job-record.ts";
import { decodeRecords } from "./record-line.ts";

export const journalFiles = {
  payload: "payload.json",
  plan: "plan.json",
  received: "received.json",
  events: "events",
  spool: "trace.log",
} as const;

/** Reads a job's journal as far as it is whole. @throws AgentError JOURNAL_UNREADABLE */
export async function readJob(path: string): Promise<JobRecord> {
  try {
    // Each record carries a checksum: it is what this code wrote.
    const [opened, ...events] = decodeRecords(await readFile(join(path, journalFiles.events))).records as [
      JobOpened | undefined,
      ...JournalEvent[],
    ];
    if (opened?.type !== "opened") throw new Error("it does not begin with the job");
    if (!(opened.version >= 1 && opened.version <= journalVersion)) {
      throw new Error(`it has version ${opened.version}, this agent reads versions 1 to ${journalVersion}`);
    }
    return {
      opened,
      payload: await readPayload(join(path, journalFiles.payload)),
      plan: await readJson<JobPlan>(join(path, journalFiles.plan)),
      received: (await readJson<ReceivedBeside>(join(path, journalFiles.received))) ?? nothingBeside,
      checkpoint: await readCheckpoint(path),
      ...foldEvents(events),
    };
  } catch (error) {
    throw new AgentError("JOURNAL_UNREADABLE", `The journal ${path} can't be used: ${messageOf(error)}`, {
      hint: "Its job is reported as failed where its token can still be read; see whether the disk below it is well.",
      cause: error,
    });
  }
}

async function readPayload(path: string): Promise<JobPayload> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    // A parser's message quotes the text, which holds the job token.
    throw new Error(error instanceof SyntaxError ? "its payload is not whole" : messageOf(error));
  }
  const parsed = jobPayloadSchema.safeParse(json);
  if (!parsed.success) throw new Error("its payload is not that of a job");
  return parsed.data;
}

/** Older agents did not write it down. */
const nothingBeside: ReceivedBeside = { tls: { caChain: "", cert: "", key: "" }, correlationId: "" };

/** Written as a whole and renamed, so it is there or it isn't. */
async function readJson<T>(path: string): Promise<T | null> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as T;
  } catch {
    return null;
  }
}

async function readCheckpoint(path: string) {
  try {
    const spool = join(path, journalFiles.spool);
    const { size } = await stat(spool);
    return await CheckpointSlots.read(path, await leftLogSize(spool, size));
  } catch {
    return null;
  }
}
