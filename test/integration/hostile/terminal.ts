/* eslint-disable no-control-regex -- control characters are what these rows are about */

import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LogLines } from "../../../src/commands/exec-render.ts";
import { jobTable } from "../../../src/commands/exec-table.ts";
import { createLog, type LogFormat } from "../../../src/support/log.ts";
import { engineHost } from "../../support/engine.ts";
import type { Field } from "./field.ts";
import { type HostileKind, must, row } from "./row.ts";

/** Clipboard, title, clear, a C1 introducer, going back over the line, a new line of its own, writing from right to left. */
const evil = "\u001b]52;c;ZXZpbA==\u0007\u001b]0;title\u0007\u001b[2J\u009b31m\rover\nforged line\u202Edel";
const steering =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]/;
/** Our own colours. */
const colours = /\u001b\[[\d;]*m/g;

const calm = (text: string): string => {
  const rest = text.replaceAll(colours, "");
  must(!steering.test(rest), JSON.stringify(text));
  must(!/^forged line/m.test(rest), JSON.stringify(text));
  return JSON.stringify(
    rest
      .trim()
      .split("\n")
      .find((line) => line.includes("title") || line.includes("over")) ?? rest.trim(),
  ).slice(0, 150);
};

function longshore(...words: string[]): Promise<string> {
  const entry = join(import.meta.dirname, "../../../src/cli.ts");
  return new Promise((resolve) => {
    execFile(process.execPath, [entry, ...words], { timeout: 60_000 }, (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}

async function configOf({ directory, coordinator }: Field, url: string, name = evil): Promise<string> {
  const path = join(directory, `config-${Math.random().toString(36).slice(2)}.toml`);
  const text = JSON.stringify(name).replaceAll(
    /[\u007f-\u009f\u202e]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  await writeFile(
    path,
    `[[runners]]\nname = ${text}\nurl = "${url}"\ntoken = "${coordinator.runner.token}"\nexecutor = "docker"\n[runners.docker]\nhost = "${engineHost}"\nimage = "x"\n`,
    { mode: 0o600 },
  );
  return path;
}

const inFormat = (format: LogFormat, colour: boolean) => async (): Promise<string> => {
  let text = "";
  const log = createLog({ format, level: "debug", colour, write: (line) => (text += line) });
  log.warn({ job: evil, [evil]: 1, err: new Error(evil) }, `job ${evil}`);
  must(text.trimEnd().split("\n").length === 1, text);
  return calm(text);
};

export const terminal: HostileKind = {
  title:
    "The admin's terminal (names, messages and addresses with OSC 52, titles, CSI, C1, CR, newlines, right-to-left)",
  rows: [
    row(
      "in the agent's log, format runner, in colour",
      "one line, and nothing that steers a terminal",
      inFormat("runner", true),
    ),
    row("in the agent's log, format text", "the same", inFormat("text", false)),
    row("in the agent's log, format json", "the same", inFormat("json", false)),
    row("a runner's name in `longshore list`", "the same", async (field) =>
      calm(await longshore("list", "-c", await configOf(field, field.front.url))),
    ),
    row("a runner's name and a coordinator's message in `longshore verify`", "the same", async (field) => {
      field.front.answer(/^\/rude\/api\/v4\/runners\/verify/, (_request, response) => {
        response.writeHead(403, { "content-type": "application/json" });
        response.end(JSON.stringify({ message: `title ${evil}` }));
      });
      return calm(await longshore("verify", "-c", await configOf(field, `${field.front.url}/rude`)));
    }),
    row("the same in `longshore doctor`", "the same", async (field) =>
      calm(await longshore("doctor", "-c", await configOf(field, `${field.front.url}/rude`))),
    ),
    row("a file name and a key in the error about a config.toml", "the same", async ({ directory }) => {
      const path = join(directory, "broken.toml");
      await writeFile(path, `concurrent = "\u001b]0;title\u0007"\n"k\\u001b]0;title\\u0007" = 1\nx = \u009b31m\n`, {
        mode: 0o600,
      });
      return calm(await longshore("list", "-c", path));
    }),
    row("a job's output on the screen of `longshore exec`", "only its colours are left", async () => {
      const lines = new LogLines({ colours: true });
      return calm([...lines.push(Buffer.from(`a${evil.replace("\n", "")}\n`)), ...lines.end()].join("\n"));
    }),
    row("names of jobs and stages in the table of `longshore exec`", "none of it", async () =>
      calm(jobTable([{ stage: evil, name: evil, state: "failed", durationMs: 1, note: evil }], false)),
    ),
  ],
};
