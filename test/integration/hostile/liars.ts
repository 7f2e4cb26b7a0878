import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { defaultLimits, exchange } from "../../../src/coordinator/http.ts";
import type { Field } from "./field.ts";
import { type HostileKind, lineWith, must, row } from "./row.ts";

/** A server that is none of the agent's business. */
async function serving(answer: (response: ServerResponse) => void) {
  const seen: IncomingMessage["headers"][] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers);
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.2", resolve));
  const dispose = () => {
    server.closeAllConnections();
    server.close();
  };
  return {
    seen,
    url: `http://127.0.0.2:${(server.address() as AddressInfo).port}/latest/meta-data`,
    [Symbol.dispose]: dispose,
  };
}

let dependency = 500_000;

/** A job with a dependency whose download the lie is about. */
async function depending(
  { agent, front }: Field,
  lie: Parameters<Field["front"]["answer"]>[1],
  variables: Readonly<Record<string, string>> = {},
) {
  const id = ++dependency;
  front.answer(new RegExp(`/jobs/${id}/artifacts`), lie);
  return agent.run({
    script: ["true"],
    variables,
    parts: {
      dependencies: [{ id, token: "dependency-token", name: "lie", artifacts_file: { filename: "a.zip", size: 1 } }],
    },
  });
}

/** A job whose sources are somewhere that the coordinator says. */
async function from({ agent, repository, front }: Field, change: Readonly<Record<string, unknown>>) {
  const script = ["ls /builds; true"];
  const parts = repository.jobParts(front.url, "", repository.head, { script });
  const { job, log } = await agent.run({
    script,
    parts: {
      ...parts,
      git_info: { ...parts.git_info, ...change } as never,
      job_info: { name: "x", stage: "x", pipeline_id: 1, project_id: ++dependency },
    },
  });
  must(job.finished && !/^executed/m.test(log), log);
  return { job, log };
}

const cause = (log: string): string => lineWith(log, /fatal|ERROR/).slice(0, 160);

export const liars: HostileKind = {
  title: "A coordinator that lies in its payloads",
  rows: [
    row(
      "a download redirected to an address of the agent's machine",
      "refused: nobody there is asked",
      async (field) => {
        using inside = await serving((response) => response.end("internal-secret-text"));
        const { job, log } = await depending(field, (_request, response) => {
          response.writeHead(302, { location: inside.url });
          response.end();
        });
        must(job.state === "failed" && !log.includes("internal-secret"), log);
        must(inside.seen.length === 0, inside.seen);
        return cause(log);
      },
    ),
    row("a download redirected to file:///etc/passwd", "refused", async (field) => {
      const { job, log } = await depending(field, (_request, response) => {
        response.writeHead(302, { location: "file:///etc/passwd" });
        response.end();
      });
      must(job.state === "failed", log);
      return cause(log);
    }),
    row("a download redirected for ever", "given up after ten", async (field) => {
      const { job, log } = await depending(field, (request, response) => {
        response.writeHead(302, { location: request.url ?? "/" });
        response.end();
      });
      must(job.state === "failed", log);
      return cause(log);
    }),
    row("a download whose body never ends", "cut off long before the agent's disk is full", async (field) => {
      let sent = 0;
      using endless = await serving((response) => {
        response.writeHead(200, { "content-type": "application/zip" });
        const piece = Buffer.alloc(2 ** 20);
        const talk = () => {
          while (!response.destroyed && response.write(piece)) sent += piece.length;
        };
        response.on("drain", talk);
        talk();
      });
      const answer = await exchange({
        method: "GET",
        url: new URL(endless.url),
        headers: {},
        body: null,
        wanted: 200,
        toFile: join(field.directory, "endless"),
        route: { http: undefined, https: undefined, proxy: null } as never,
        limits: { ...defaultLimits, fileBytes: 32 * 2 ** 20 },
        signal: AbortSignal.timeout(30_000),
      });
      must(answer.kind === "local" && sent < 2 ** 28, `${answer.kind} ${sent}`);
      return `${answer.kind === "local" ? answer.reason : ""} (here; 64 GiB or 80 % of what is free otherwise)`;
    }),
    row("a refusal with a body of markup, escapes and a token in it", "one short line of it at most", async (field) => {
      const { job, log } = await depending(field, (_request, response) => {
        response.writeHead(403, { "content-type": "application/json" });
        response.end(JSON.stringify({ message: `x\n\u001b]0;t\u0007${"y".repeat(100_000)}` }));
      });
      must(job.state === "failed" && log.length < 10_000 && !log.includes("\u001b]0"), log);
      return cause(log).slice(0, 100);
    }),
    row(
      "repo_url ext::sh -c ..., --upload-pack=..., file:///etc",
      "no command runs, no file of the agent is read",
      async (field) => {
        const said: string[] = [];
        for (const repo_url of [
          "ext::sh -c touch% /builds/executed",
          "--upload-pack=touch /builds/executed",
          "file:///etc",
        ]) {
          const { job, log } = await from(field, { repo_url });
          must(job.state === "failed", log);
          said.push(cause(log));
        }
        return said[0] ?? "";
      },
    ),
    row("refspecs and a sha that are options of git", "refused as such", async (field) => {
      const one = await from(field, { refspecs: ["--upload-pack=touch /builds/executed"] });
      const two = await from(field, { sha: "--orphan=x" });
      must(one.job.state === "failed" && two.job.state === "failed", one.log + two.log);
      return cause(two.log);
    }),
    row(
      "a repo_url with credentials for another host",
      "they go to that host only, and are not in the log",
      async (field) => {
        const { job, log } = await from(field, { repo_url: "http://user:hunter2-secret@127.0.0.1:9/x.git" });
        must(job.state === "failed" && !log.includes("hunter2"), log);
        return cause(log);
      },
    ),
    row("a dependency with the id -1 and the size -1", "the job fails with the reason", async (field) => {
      const { job, log } = await field.agent.run({
        script: ["true"],
        parts: { dependencies: [{ id: -1, token: "t", name: "a\nb", artifacts_file: { filename: "x", size: -1 } }] },
      });
      must(job.state === "failed", log);
      return cause(log);
    }),
  ],
};
