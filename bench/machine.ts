import { execFile } from "node:child_process";
import { cpus, loadavg, release, totalmem } from "node:os";
import { promisify } from "node:util";
import type { BenchResult } from "./result.ts";
import type { Site } from "./site.ts";

const commandLimitMs = 20_000;
const unknown = "unknown";

export function describeMachine(): BenchResult["machine"] {
  const all = cpus();
  return {
    cpus: all.length,
    cpuModel: all[0]?.model ?? "unknown",
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    kernel: release(),
    load: loadavg()[0] ?? Number.NaN,
  };
}

/** Of everything that takes part. What cannot be asked is "unknown". */
export async function describeVersions(site: Site, project: string): Promise<Record<string, string>> {
  const [client, server, revision, changes] = await Promise.all([
    site.docker.output("version", "--format", "{{.Client.Version}}").catch(() => unknown),
    site.docker.output("version", "--format", "{{.Server.Version}}").catch(() => unknown),
    output("git", ["-C", project, "rev-parse", "--short=12", "HEAD"]),
    output("git", ["-C", project, "status", "--porcelain"]),
  ]);
  const others = await Promise.all(
    site.contestants.slice(1).map(async ({ name, command }) => {
      const text = await output(command, ["--version"]);
      return [name, /^Version:\s*(.+)$/m.exec(text)?.[1] ?? text.split("\n")[0] ?? ""] as const;
    }),
  );
  return {
    node: process.version,
    "docker client": client.trim(),
    "docker server": server.trim(),
    longshore: changes === "" || revision === unknown ? revision : `${revision} with changes`,
    ...Object.fromEntries(others),
  };
}

async function output(command: string, args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(command, [...args], { timeout: commandLimitMs })).stdout.trim();
  } catch {
    return unknown;
  }
}
