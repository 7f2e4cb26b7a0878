import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { images } from "../../support/engine.ts";

const project = join(import.meta.dirname, "../../..");

/**
 * A directory with the launcher as an admin starts it, in front of the sources in place of what is built from them;
 * `trouble.mjs` breaks the process from the outside: SIGUSR2 leaves a promise alone, SIGWINCH throws.
 */
export async function makeHome(directory: string, secret: string): Promise<void> {
  for (const name of ["bin", "dist", "cwd", "tmp", "home/.docker", "conf"])
    await mkdir(join(directory, name), { recursive: true, mode: 0o700 });
  await copyFile(join(project, "bin/longshore"), join(directory, "bin/longshore"));
  await chmod(join(directory, "bin/longshore"), 0o755);
  await writeFile(join(directory, "dist/cli.js"), `await import(${JSON.stringify(join(project, "src/cli.ts"))});\n`);
  await writeFile(join(directory, "dist/package.json"), '{"type":"module"}');
  const error = `Object.assign(new Error("POST https://user:${secret}@example.com/ failed, ${secret}"), {
    options: { headers: { "private-token": "${secret}" } }, body: Buffer.from("${secret}"),
    cause: Object.assign(new Error("refused"), { auth: "${secret}" }) })`;
  await writeFile(
    join(directory, "trouble.mjs"),
    `process.on("SIGUSR2", () => { Promise.reject(${error}); });\nprocess.on("SIGWINCH", () => { throw ${error}; });\n`,
  );
}

export interface Started {
  readonly pid: number;
  readonly output: () => string;
  readonly child: ChildProcess;
  readonly exit: Promise<number | string>;
  says(text: string, times?: number): Promise<void>;
}

/** Runs the launcher with as large a core file as the machine allows. */
export function launch(
  directory: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Started {
  const child = spawn(
    "sh",
    ["-c", 'ulimit -S -c "$(ulimit -H -c)"; exec "$0" "$@"', join(directory, "bin/longshore"), ...args],
    {
      cwd: join(directory, "cwd"),
      env: {
        PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
        HOME: join(directory, "home"),
        TMPDIR: join(directory, "tmp"),
        NODE_OPTIONS: `--import=${join(directory, "trouble.mjs")}`,
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  const exit = once(child, "close").then(([code, signal]) => (signal ?? code) as number | string);
  const says = async (text: string, times = 1) => {
    const limit = AbortSignal.timeout(60_000);
    while (output.split(text).length <= times) {
      if (child.exitCode !== null) throw new Error(`ended without "${text}":\n${output}`);
      await Promise.race([once(child.stderr, "data", { signal: limit }), exit]);
    }
  };
  return { pid: child.pid ?? 0, output: () => output, child, exit, says };
}

export interface Entry {
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly host: string;
  /** Lines of [[runners]]. */
  readonly settings?: string;
  /** Lines after those of [runners.docker]. */
  readonly docker?: string;
}

export function configText(entries: readonly Entry[], listen = ""): string {
  return `concurrent = 6\ncheck_interval = 1\n${listen === "" ? "" : `listen_address = "${listen}"\n`}${entries
    .map(
      (entry) => `[[runners]]
name = "${entry.name}"
url = "${entry.url}"
token = "${entry.token}"
executor = "docker"
${entry.settings ?? ""}
[runners.docker]
host = "${entry.host}"
image = "${images.docker}"
helper_image = "${images.helper}"
pull_policy = "if-not-present"
${entry.docker ?? ""}
`,
    )
    .join("")}`;
}
