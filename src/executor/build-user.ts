import { addAbortSignal } from "node:stream";
import { attachContainer, inspectContainer, startContainer, waitContainer } from "../docker/container.ts";
import { demux } from "../docker/demux.ts";
import type { Engine } from "../docker/engine.ts";
import { runExec } from "../docker/exec.ts";
import type { JobPlan } from "../job/plan.ts";
import { quoteAll } from "../script/quote.ts";
import type { Helper } from "./helper-container.ts";
import type { JobContext } from "./job-context.ts";
import type { Resources } from "./resources.ts";

const ask = ["-c", "id -u; id -g"];

/**
 * Gives the project's files to the user of the build container (FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR: nobody else may
 * write to them then). What can't be found out or done leaves the files as they are.
 */
export async function giveToBuildUser(
  context: Pick<JobContext, "engine" | "plan" | "trace"> & {
    readonly resources: Resources;
    readonly signal: AbortSignal;
  },
  helper: Helper,
  build: string,
  image: string,
): Promise<void> {
  const { plan, trace, signal } = context;
  const ids = /^(\d+)\n(\d+)\s*$/.exec(await idsOf(context, build, image));
  if (ids === null) return trace.warning("The user of the image can't be found out: the project's files stay root's");
  const [, user, group] = ids;
  if (user === "0") return;
  const directories = [plan.projectDir, plan.tempDir];
  for (const directory of directories)
    await trace.line(`Changing ownership of files at "${directory}" to ${user}:${group}`);
  await helper.run(`mkdir -p ${quoteAll(directories)}; chown -RP -- ${user}:${group} ${quoteAll(directories)}`, signal);
}

async function idsOf(
  context: {
    readonly engine: Engine;
    readonly plan: JobPlan;
    readonly resources: Resources;
    readonly signal: AbortSignal;
  },
  build: string,
  image: string,
): Promise<string> {
  const { engine, plan, resources, signal } = context;
  let output = "";
  if ((await inspectContainer(engine, build, signal)).running) {
    const command = { command: ["sh", ...ask], env: [], user: "", workingDir: "/" };
    await runExec(engine, build, command, "", async ({ bytes }) => void (output += bytes.toString()), signal);
    return output;
  }
  // An entrypoint that stands before the shell must not run twice.
  const { build: spec } = plan;
  const short = {
    ...spec,
    name: `${spec.name}-user`,
    entrypoint: ["sh"],
    command: ask,
    binds: [],
    aliases: [],
    stdin: false,
  };
  const id = await resources.container(short, image, { kind: "mode", mode: "none" }, "build", signal);
  const stream = addAbortSignal(signal, await attachContainer(engine, id, signal));
  try {
    await startContainer(engine, id, signal);
    for await (const { bytes } of demux(stream)) output += bytes.toString();
    await waitContainer(engine, id, signal);
    return output;
  } finally {
    stream.destroy();
  }
}
