import { runExec } from "../../../src/docker/exec.ts";
import type { Engine } from "../../../src/docker/engine.ts";

export interface Ended {
  readonly code: number;
  /** Both streams. */
  readonly output: string;
}

const limitMs = 60_000;

/** As `docker exec -i`. */
export async function execIn(
  engine: Engine,
  container: string,
  command: readonly string[],
  { env = [], input = "" }: { readonly env?: readonly string[]; readonly input?: string } = {},
): Promise<Ended> {
  const pieces: Buffer[] = [];
  const keep = async ({ bytes }: { readonly bytes: Buffer }) => {
    pieces.push(bytes);
  };
  const spec = { command, env, user: "", workingDir: "" };
  const code = await runExec(engine, container, spec, input, keep, AbortSignal.timeout(limitMs));
  return { code, output: Buffer.concat(pieces).toString("utf8") };
}
