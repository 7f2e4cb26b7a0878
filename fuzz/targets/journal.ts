import * as fc from "fast-check";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readJob } from "../../src/journal/read-job.ts";
import { decodeRecords, encodeRecord } from "../../src/journal/record-line.ts";
import { hold, holdEqual, refusal } from "../hold.ts";
import type { FuzzTarget } from "../target.ts";
import { damaged, hostileText } from "../texts.ts";

const text = hostileText(["a", "\n", "\\n", '"', "{", "\u2028"], { longest: 5_000, pieces: 3 });
const record = fc.oneof(
  // V8 mistakes a key with an escape for one that is a backslash, if it has just seen that one: not the journal's fault.
  fc.jsonValue({ maxDepth: 2 }).filter((value) => !JSON.stringify(value).includes("\\")),
  fc.record({
    type: fc.constantFrom(
      "opened",
      "containerCreated",
      "stageStarted",
      "stageEnded",
      "stageFailed",
      "runBegun",
      "artifactUploaded",
      "resumed",
      "outcome",
      "finalAcknowledged",
      "acknowledged",
      "fromTheFuture",
    ),
    version: fc.constantFrom(1, 2, "1"),
    name: text,
    id: text,
    container: fc.constantFrom("a", "__proto__"),
    offset: fc.integer(),
  }),
);
const records = fc.array(record, { maxLength: 6 });
const lines = records.map((list) => list.map((each) => encodeRecord(each)).join(""));
const foreign = hostileText(["00000000 ", "{}", "\n", "1c291ca3 ", "null", "0", '"a"', "[", "]", " "], {
  longest: 100_000,
}).map((line) => Buffer.from(line));

/** Records of a journal, damaged in any way: those before the damage are read, and nothing else. */
export const journalRecords: FuzzTarget<{ readonly list: readonly unknown[]; readonly broken: Buffer }> = {
  name: "journal-records",
  share: 50,
  arbitrary: fc.record({
    list: records,
    broken: fc.oneof(
      { weight: 3, arbitrary: damaged(lines.map((all) => Buffer.from(all))) },
      { weight: 1, arbitrary: foreign },
    ),
  }),
  check({ list, broken }) {
    const file = Buffer.from(list.map((each) => encodeRecord(each)).join(""));
    const plain = list.map((each) => JSON.parse(JSON.stringify(each)) as unknown);
    holdEqual(decodeRecords(file), { records: plain, goodBytes: file.length, torn: false }, "what is written is read");
    const read = decodeRecords(broken);
    hold(
      read.goodBytes <= broken.length && (read.torn || read.goodBytes === broken.length),
      "what is good and what is torn is the file",
    );
    holdEqual(
      decodeRecords(broken.subarray(0, read.goodBytes)).records,
      read.records,
      "the good part holds the records",
    );
    const appended = decodeRecords(Buffer.concat([broken, file]));
    hold(appended.records.length >= read.records.length, "what comes later takes nothing away");
  },
};

/** A job's journal as files: a record of the job, or JOURNAL_UNREADABLE without the job's token in it. */
export const journalFiles: FuzzTarget<{
  readonly events: Buffer;
  readonly payload: Buffer;
  readonly checkpoint: Buffer;
}> = {
  name: "journal-files",
  share: 3,
  arbitrary: fc.record({
    events: fc.oneof(
      damaged(
        fc
          .tuple(fc.constant(encodeRecord({ type: "opened", version: 1, jobId: 1 })), lines)
          .map((parts) => Buffer.from(parts.join(""))),
      ),
      foreign,
    ),
    payload: damaged(
      fc.constant(Buffer.from(JSON.stringify({ id: 1, token: "job-token-secret", job_info: {}, git_info: {} }))),
    ),
    checkpoint: fc.oneof(damaged(lines.map((all) => Buffer.from(all))), foreign),
  }),
  async check({ events, payload, checkpoint }) {
    const directory = mkdtempSync(join(tmpdir(), "longshore-fuzz-"));
    try {
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, "events"), events);
      writeFileSync(join(directory, "payload.json"), payload);
      writeFileSync(join(directory, "checkpoint.0"), checkpoint);
      writeFileSync(join(directory, "trace.log"), "log");
      const job = await readJob(directory).catch((error: unknown) => {
        hold(!String(error).includes("job-token"), "no token is in an error");
        return refusal(["JOURNAL_UNREADABLE"], error);
      });
      if (job !== null)
        hold(Array.isArray(job.stages) && typeof job.finalAcknowledged === "boolean", "a record is whole");
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
};
