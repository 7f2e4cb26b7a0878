import { createHash } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** Where `longshore exec` keeps a project's runner between two runs: its token names the project's cache volumes. */
export interface ExecState {
  readonly configFile: string;
  readonly coordinatorDir: string;
  readonly repositoryDir: string;
  /** Held for as long as a pipeline of the project runs. */
  readonly lockFile: string;
}

export async function openExecState(stateDir: string, projectRoot: string): Promise<ExecState> {
  const key = createHash("sha256").update(projectRoot).digest("hex").slice(0, 16);
  const directory = join(stateDir, "exec", key);
  const coordinatorDir = join(directory, "coordinator");
  await mkdir(coordinatorDir, { recursive: true, mode: 0o700 });
  return {
    configFile: join(directory, "config.toml"),
    coordinatorDir,
    repositoryDir: join(directory, "repository.git"),
    lockFile: join(directory, "lock"),
  };
}

/** Removes what earlier runs' jobs left; the highest job's directory stays, empty, so that job numbers go on from it. */
export async function forgetJobs({ coordinatorDir, repositoryDir }: ExecState): Promise<void> {
  const jobs = join(coordinatorDir, "jobs");
  const numbers = (await readdir(jobs).catch(() => [])).map(Number).filter(Number.isInteger);
  const last = Math.max(0, ...numbers);
  for (const number of numbers) await rm(join(jobs, String(number)), { recursive: true, force: true });
  if (last > 0) await mkdir(join(jobs, String(last)), { recursive: true });
  await rm(repositoryDir, { recursive: true, force: true });
}
