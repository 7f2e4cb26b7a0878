import { execFileSync, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

const cli = join(import.meta.dirname, "../../../src/cli.ts");
const fixtures = join(import.meta.dirname, "../../fixtures/seeds");
const limitMs = 150_000;

export interface Run {
  /** "" when it ended with 0, else the exit code and all that was on the screen. */
  readonly problem: string;
  /** Everything that was on the screen. */
  readonly screen: string;
  /** State of each job, from the closing table. */
  readonly states: Readonly<Record<string, string>>;
}

/** A user's clone of one of the repositories, on the branch main, with one commit and nothing changed. */
export class Clone implements AsyncDisposable {
  readonly #home: string;
  readonly directory: string;
  readonly stateDir: string;

  private constructor(home: string, name: string) {
    this.#home = home;
    this.directory = join(home, name);
    this.stateDir = join(home, "state");
  }

  static async of(seed: string, name: string): Promise<Clone> {
    const clone = new Clone(await mkdtemp(join(tmpdir(), "longshore-test-seed-")), name);
    await cp(join(fixtures, seed), clone.directory, { recursive: true });
    clone.git("init", "--quiet", "--initial-branch=main");
    clone.git("add", "--all");
    clone.git("-c", "user.name=Author", "-c", "user.email=author@example.com", "commit", "--quiet", "-m", "Start");
    return clone;
  }

  git(...args: readonly string[]): string {
    const env = { PATH: process.env["PATH"], HOME: this.#home };
    return execFileSync("git", args, { cwd: this.directory, encoding: "utf8", env }).trim();
  }

  /** True while the pipeline is, byte for byte, the fixture's. */
  async isUnmodified(seed: string): Promise<boolean> {
    const [before, now] = await Promise.all([
      readFile(join(fixtures, seed, ".gitlab-ci.yml"), "utf8"),
      readFile(join(this.directory, ".gitlab-ci.yml"), "utf8"),
    ]);
    return before === now && this.git("status", "--porcelain") === "";
  }

  /** `longshore exec` in the clone, with the admin's config.toml. */
  async exec(config: string, args: readonly string[]): Promise<Run> {
    const file = join(this.#home, "config.toml");
    await mkdir(this.stateDir, { recursive: true });
    await writeFile(file, config);
    const child = spawn(process.execPath, [cli, "exec", "--config", file, "--state-dir", this.stateDir, ...args], {
      cwd: this.directory,
      env: { PATH: process.env["PATH"], HOME: this.#home },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: limitMs,
    });
    const exited = new Promise<number | null>((resolve) => child.on("close", resolve));
    const [exit, stdout, stderr] = await Promise.all([exited, text(child.stdout), text(child.stderr)]);
    const screen = `${stdout}${stderr}`;
    return { problem: exit === 0 ? "" : `exit code ${exit}\n${screen}`, screen, states: statesOf(stdout) };
  }

  /** The coordinator of the run that is going on, as its agent knows it. */
  async coordinatorUrl(): Promise<string> {
    const [project = ""] = await readdir(join(this.stateDir, "exec"));
    const config = await readFile(join(this.stateDir, "exec", project, "config.toml"), "utf8");
    return /^\s*url = "(.+)"$/m.exec(config)?.[1] ?? "";
  }

  /** What the agent labels its objects with. */
  async agentId(): Promise<string> {
    return (await readdir(this.stateDir)).find((name) => name !== "exec") ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#home, { recursive: true, force: true });
  }
}

function statesOf(stdout: string): Record<string, string> {
  const [, ...rows] = stdout.matchAll(/^│ \S+ +│ (\S+) +│ (\S+) +│.*$/gm);
  return Object.fromEntries(rows.map(([, job = "", state = ""]) => [job, state]));
}
