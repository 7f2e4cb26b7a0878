import type { JobReport } from "../spans/job-report.ts";
import type { SpanData } from "../spans/span.ts";
import { lengthOf, summarize } from "../spans/summary.ts";
import { safeText } from "./exec-render.ts";

const columns = 100;
/** Together, with what stands between them, below that. */
const nameWidth = 42;
const timeWidth = 11;
const barWidth = 32;
/** A job that tries again and again has hundreds. */
const mostRows = 120;

/** What a job spent its time on: one line for each span, parts below what they belong to, and a bar where it lay. */
export function timingTable(report: JobReport, colours: boolean): string {
  const { job, spans, durationMs } = report;
  const rows = inOrder(spans);
  const lines = rows.slice(0, mostRows).map(({ span, depth }) => row(span, depth, durationMs, colours));
  if (rows.length > mostRows) lines.push(`  … and ${rows.length - mostRows} more`);
  const { sumMs, pulls } = summarize(spans);
  const share = durationMs > 0 ? ` (${((100 * sumMs) / durationMs).toFixed(1)} %)` : "";
  return [
    bold(`Where the time of ${fit(safeText(job.name, false), nameWidth).trimEnd()} went`, colours),
    `  ${"".padEnd(nameWidth)}${"start".padStart(timeWidth)}${"duration".padStart(timeWidth)}`,
    ...lines,
    `  ${"sum of the phases".padEnd(nameWidth + timeWidth)}${shortTime(sumMs).padStart(timeWidth)}  of ${shortTime(durationMs)}${share}`,
    ...pulls.map(
      ({ image, ms }) =>
        `  ${fit(`docker pull ${safeText(image, false)}`, nameWidth + timeWidth)}${shortTime(ms).padStart(timeWidth)}`,
    ),
    ...(pulls.length === 0 ? ["  docker pull: every image was there"] : []),
  ].join("\n");
}

const groups: readonly { readonly title: string; readonly has: (phase: string) => boolean }[] = [
  { title: "prepare", has: (name) => /^(?:receive|prepare_\w+)$/.test(name) },
  { title: "fetch", has: (name) => /^(?:get_sources|clear_worktree|restore_cache|download_artifacts)$/.test(name) },
  { title: "wait", has: (name) => /^(?:ready_for_script|retry_pause)$/.test(name) },
  { title: "script", has: (name) => /^(?:step_\w+|after_script)$/.test(name) },
  { title: "keep", has: (name) => /^(?:archive_cache|upload_artifacts|cleanup_)/.test(name) },
  { title: "final", has: (name) => /^(?:final|removal)$/.test(name) },
];

/** A line for each job of a pipeline. */
export function timingSummary(reports: readonly JobReport[]): string {
  const width = 10;
  const titles = ["total", ...groups.map(({ title }) => title), "pulled"];
  const jobWidth = columns - 2 - width * titles.length;
  const head = `  ${"job".padEnd(jobWidth)}${titles.map((title) => title.padStart(width)).join("")}`;
  const lines = reports.map(({ job, spans, durationMs }) => {
    const { phases, pulls } = summarize(spans);
    const sums = groups.map(({ has }) => phases.reduce((sum, { name, ms }) => sum + (has(name) ? ms : 0), 0));
    const pulled = pulls.reduce((sum, { ms }) => sum + ms, 0);
    const cells = [durationMs, ...sums, pulled].map((ms) => (ms === 0 ? "-" : shortTime(ms)).padStart(width));
    return `  ${fit(safeText(job.name, false), jobWidth)}${cells.join("")}`;
  });
  return [head, ...lines].join("\n");
}

interface Row {
  readonly span: SpanData;
  readonly depth: number;
}

function inOrder(spans: readonly SpanData[]): Row[] {
  const below = Map.groupBy(spans, (span) => span.parent);
  const rowsOf = (parent: number | null, depth: number): Row[] =>
    (below.get(parent) ?? [])
      .toSorted((a, b) => a.startMs - b.startMs || a.id - b.id)
      .flatMap((span) => [{ span, depth }, ...rowsOf(span.id, depth + 1)]);
  return rowsOf(null, 0);
}

function row(span: SpanData, depth: number, durationMs: number, colours: boolean): string {
  const label = fit(`${"  ".repeat(depth)}${labelOf(span)}`, nameWidth);
  const start = shortTime(span.startMs).padStart(timeWidth);
  const length = shortTime(lengthOf(span)).padStart(timeWidth);
  const text = `  ${label}${start}${length}`;
  return `${span.outcome === "error" && colours ? `\x1b[31m${text}\x1b[0m` : text}  ${bar(span, durationMs)}`.trimEnd();
}

function labelOf({ name, place, attributes, outcome }: SpanData): string {
  const detail = attributes["service"] ?? attributes["image"] ?? attributes["type"] ?? attributes["from"] ?? "";
  const code = attributes["exit_code"];
  const note = code !== undefined ? ` exit code ${code}` : outcome === "error" ? " failed" : "";
  const apart = place === "beside" || place === "outside" ? `(${name})` : name;
  return `${apart}${detail === "" ? "" : ` ${safeText(String(detail), false)}`}${note}`;
}

/** Phases are solid, what goes on within or beside them is not; what lies outside has none. */
function bar({ place, startMs, endMs }: SpanData, durationMs: number): string {
  if (place === "outside" || durationMs <= 0) return "";
  const column = (ms: number) => Math.min(Math.max(ms / durationMs, 0), 1) * barWidth;
  const from = Math.min(Math.floor(column(startMs)), barWidth - 1);
  const width = Math.max(1, Math.round(column(endMs)) - from);
  return " ".repeat(from) + (place === "phase" ? "█" : "░").repeat(width);
}

/** `4.2 ms`, `412 ms`, `3.21 s`, `12:05 min`, `1:02 h`: at most 9 characters, for a month. */
function shortTime(ms: number): string {
  const size = Math.abs(ms);
  if (size < 9.95) return `${ms.toFixed(1)} ms`;
  if (size < 999.5) return `${Math.round(ms)} ms`;
  if (size < 59_995) return `${(ms / 1000).toFixed(2)} s`;
  const sign = ms < 0 ? "-" : "";
  const pair = (whole: number) => `${sign}${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  const seconds = Math.round(size / 1000);
  return seconds < 3600 ? `${pair(seconds)} min` : `${pair(Math.floor(seconds / 60))} h`;
}

function fit(text: string, width: number): string {
  if (text.length <= width) return text.padEnd(width);
  // Not half of a surrogate pair.
  const kept = text.slice(0, width - 2).replace(/[\uD800-\uDBFF]$/, "");
  return `${kept}…`.padEnd(width);
}

function bold(text: string, colours: boolean): string {
  return colours ? `\x1b[1m${text}\x1b[0m` : text;
}
