import { styleText } from "node:util";
import { type Logger, pino } from "pino";
import type { KnownSecrets } from "./known-secrets.ts";
import { hideShapes, redacted } from "./redact.ts";
import { singleLine, visibleJson } from "./terminal-text.ts";

export type { Logger };

export type LogFormat = "runner" | "text" | "json";

export interface LogOptions {
  readonly format: LogFormat;
  /** GitLab Runner's names: debug, info, warning, error, fatal, panic. */
  readonly level: string;
  /** Gets one line at a time, newline included. */
  readonly write: (line: string) => void;
  /** Colours, for a terminal. */
  readonly colour: boolean;
  /** Values that reach no line; default none. */
  readonly secrets?: KnownSecrets;
}

const pinoLevels: Readonly<Record<string, string>> = { warning: "warn", panic: "fatal" };
const levelNames: Readonly<Record<number, string>> = {
  20: "debug",
  30: "info",
  40: "warning",
  50: "error",
  60: "fatal",
};

/**
 * The agent's own log. `json` is pino's lines; `runner` and `text` are for people: level, message, then the fields as
 * key=value, a job's number and the runner's name among them. Secrets reach none of them: neither by the name of their
 * field (redact.ts), nor by their shape, nor those that are known by their value.
 */
export function createLog(options: LogOptions): Logger {
  const destination = {
    // A log that throws would end whoever has something to say.
    write: (line: string) => {
      let safe = unwritable;
      try {
        const fields = hiddenIn(JSON.parse(line), options.secrets) as LogLine;
        safe = options.format === "json" ? `${visibleJson(JSON.stringify(fields))}\n` : readable(fields, options);
      } catch {
        // What it said may be what broke it.
      }
      options.write(safe);
    },
  };
  return pino(
    {
      level: pinoLevels[options.level] ?? options.level,
      formatters: { log: (fields) => redacted(fields) as Record<string, unknown> },
      serializers: { err: (error: unknown) => error },
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    destination,
  );
}

const unwritable = `${JSON.stringify({ level: 50, msg: "a line of this log could not be written" })}\n`;

/** In the values and not in the line that holds them: what a job calls its secret may look like a part of that. */
function hiddenIn(value: unknown, secrets: KnownSecrets | undefined): unknown {
  if (typeof value === "string") return hideShapes(secrets?.hide(value) ?? value);
  if (Array.isArray(value)) return value.map((item) => hiddenIn(item, secrets));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hiddenIn(item, secrets)]));
}

interface LogLine extends Record<string, unknown> {
  readonly msg?: string;
  readonly err?: unknown;
}

function readable(line: LogLine, { format, colour }: LogOptions): string {
  const { level, time, msg, err, ...fields } = line;
  const name = levelNames[level as number] ?? "info";
  const stamp = format === "text" ? `time=${String(time)} ` : "";
  const prefix = name === "info" ? "" : `${name.toUpperCase()}: `;
  const rest = Object.entries(fields).filter(([, value]) => value !== "" && value !== undefined);
  const shown = rest
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" ");
  const detail =
    err === undefined
      ? ""
      : ` error=${typeof err === "object" && err !== null && "message" in err ? String(err.message) : JSON.stringify(err)}`;
  // Names of jobs and branches come from others: nothing of them may steer the admin's terminal.
  const text = `${stamp}${prefix}${msg ?? ""}${shown === "" ? "" : `  ${shown}`}${detail}`;
  return `${paint(name, singleLine(text), colour)}\n`;
}

function paint(level: string, text: string, colour: boolean): string {
  if (!colour || level === "info") return text;
  return styleText(level === "warning" ? "yellow" : level === "debug" ? "gray" : "red", text, {
    validateStream: false,
  });
}
