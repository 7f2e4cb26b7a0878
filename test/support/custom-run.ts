import { readFile, rm, writeFile } from "node:fs/promises";
import { join, posix } from "node:path";
import type { JobHandle } from "../../src/coordinator/embedded/job-record.ts";
import type { JobPayload } from "../../src/coordinator/job-payload.ts";
import { stagesAfter, stagesBefore, stageScript } from "./custom-scripts.ts";
import { callDriver, type DriverProcess, type EndedCall } from "./driver-call.ts";
import { plainText } from "./job-log.ts";

/** Others than a runner's, so that a driver that knows those by heart is found out. */
const buildFailure = 17;
const systemFailure = 18;

/** What somebody does while a call runs; gets what it has written so far. */
export type Meddler = (
  call: string,
  written: string,
  driver: Pick<DriverProcess, "kill"> & { readonly jobId: number },
) => void;

export interface CustomJob {
  readonly job: JobHandle;
  readonly payload: JobPayload;
  readonly state: "success" | "failed";
  readonly failureReason: "" | "script_failure" | "runner_system_failure" | "job_canceled";
  readonly exitCode: number;
  /** As the runner puts it together of what the calls print. */
  readonly log: string;
  readonly calls: readonly EndedCall[];
}

/** A job that a stand-in of a calling runner has taken. */
export class CustomRun {
  readonly payload: JobPayload;
  readonly directory: string;
  readonly #job: JobHandle;
  readonly #variables: Record<string, string>;
  readonly #calls: EndedCall[] = [];
  #projectDir = "";

  /** @param variables of the runner's own, beside the job's */
  constructor(job: JobHandle, payload: JobPayload, directory: string, variables: Readonly<Record<string, string>>) {
    this.#job = job;
    this.payload = payload;
    this.directory = directory;
    this.#variables = { ...variables, ...Object.fromEntries(payload.variables.map(({ key, value }) => [key, value])) };
  }

  /** False when that failed. */
  async prepare(flags: readonly string[], meddle?: Meddler): Promise<boolean> {
    const config = await this.#call("config", flags, meddle);
    if (config.code !== 0) return false;
    this.#configure(config.stdout);
    return (await this.#call("prepare", flags, meddle)).code === 0;
  }

  async run(flags: readonly string[], meddle?: Meddler): Promise<CustomJob> {
    let isOver = !(await this.prepare(flags, meddle));
    const result = { state: "success", failureReason: "", exitCode: 0 } as Writable<
      Pick<CustomJob, "state" | "failureReason" | "exitCode">
    >;
    const stage = async (name: string) => {
      const script = join(this.directory, `script-${this.#calls.length}.sh`);
      const running = name === "after_script" ? "success" : "running";
      const status =
        result.state === "success" ? running : result.failureReason === "job_canceled" ? "canceled" : "failed";
      const scene = { payload: this.payload, variables: this.#variables, projectDir: this.#projectDir, status };
      await writeFile(script, stageScript(name, scene), { mode: 0o700 });
      let wasCut = false;
      const ended = await this.#call("run", [...flags, script, name], (call, written, driver) =>
        meddle?.(name === "build_script" ? name : call, written, {
          jobId: this.payload.id,
          kill: (signal) => {
            wasCut = true;
            driver.kill(signal);
          },
        }),
      );
      if (ended.code === 0) return true;
      Object.assign(result, wasCut ? canceled : await this.#failure(ended));
      return false;
    };
    if (isOver) Object.assign(result, await this.#failure(this.#calls.at(-1) as EndedCall));
    for (const name of [...stagesBefore, "build_script"]) isOver ||= !(await stage(name));
    if (this.#projectDir !== "" && this.#calls.some(({ name }) => name === "run")) {
      const ofScript = { ...result };
      if (this.payload.steps.some(({ name }) => name === "after_script")) await stage("after_script");
      Object.assign(result, ofScript);
      for (const name of stagesAfter(result.state === "success")) await stage(name);
    }
    await this.#call("cleanup", flags);
    await rm(this.directory, { recursive: true });
    const log = plainText(this.#calls.map(logOf).join(""));
    return { job: this.#job, payload: this.payload, ...result, log, calls: this.#calls };
  }

  /** As the runner does it: nothing but JSON on standard output, and its keys of their types. */
  #configure(text: string): void {
    const answer = JSON.parse(text) as Record<string, unknown>;
    const { builds_dir: buildsDir, builds_dir_is_shared: isShared } = answer;
    if (typeof buildsDir !== "string" || typeof isShared !== "boolean") throw new Error(`not an answer: ${text}`);
    const slug = posix.normalize(new URL(this.payload.git_info.repo_url).pathname).replace(/\.git$/, "");
    const slot = isShared ? posix.join(this.#variables["CI_RUNNER_SHORT_TOKEN"] as string, "0") : "";
    this.#projectDir = posix.join(buildsDir, slot, slug);
    Object.assign(this.#variables, {
      CI_BUILDS_DIR: buildsDir,
      CI_PROJECT_DIR: this.#projectDir,
      RUNNER_TEMP_PROJECT_DIR: `${this.#projectDir}.tmp`,
    });
  }

  async #call(name: string, args: readonly string[], meddle?: Meddler): Promise<EndedCall> {
    const prefixed = Object.entries(this.#variables).map(([key, value]) => [`CUSTOM_ENV_${key}`, value]);
    const env = {
      PATH: process.env["PATH"] ?? "",
      HOME: this.directory,
      TMPDIR: this.directory,
      BUILD_FAILURE_EXIT_CODE: String(buildFailure),
      SYSTEM_FAILURE_EXIT_CODE: String(systemFailure),
      BUILD_EXIT_CODE_FILE: join(this.directory, "build_exit_code"),
      JOB_RESPONSE_FILE: join(this.directory, "response.json"),
      ...(Object.fromEntries(prefixed) as Record<string, string>),
    };
    const driver = callDriver(name, args, { cwd: this.directory, env }, (text) =>
      meddle?.(name, text, { kill: driver.kill, jobId: this.payload.id }),
    );
    const ended = await driver.ended;
    this.#calls.push(ended);
    return ended;
  }

  async #failure(ended: EndedCall): Promise<Partial<CustomJob>> {
    // Killed: nobody knows how it would have ended.
    if (ended.code === systemFailure || ended.code === null)
      return { state: "failed", failureReason: "runner_system_failure", exitCode: 0 };
    if (ended.code !== buildFailure)
      throw new Error(`unknown Custom executor executable exit code ${ended.code}: ${textOf(ended)}`);
    const file = join(this.directory, "build_exit_code");
    const text = await readFile(file, "utf8").catch(() => `${buildFailure}`);
    const [line = ""] = text.split("\n");
    if (!/^\d+$/.test(line)) throw new Error(`not an exit code: ${text}`);
    return { state: "failed", failureReason: "script_failure", exitCode: Number(line) };
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const canceled = { state: "failed", failureReason: "job_canceled", exitCode: 0 } as const;
/** What of a call a runner puts into the job's log. */
function logOf(call: EndedCall): string {
  if (call.name === "cleanup") return "";
  return call.name === "config" ? call.stderr : textOf(call);
}

const textOf = ({ stdout, stderr }: EndedCall) => stdout + stderr;
