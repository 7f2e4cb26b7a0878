import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { putArchive } from "../docker/container.ts";
import type { DependencyPlan } from "../job/plan.ts";
import { quote } from "../script/quote.ts";
import type { Span } from "../spans/open-span.ts";
import { archiveToTar } from "../storage/archive-reader.ts";
import type { Helper } from "./helper-container.ts";
import { helperStage } from "./helper-stage.ts";
import type { JobContext } from "./job-context.ts";
import { pauseBeforeRetry } from "./retry-pause.ts";
import { messageOf } from "../support/errors.ts";
import { planVariable } from "./plan-variable.ts";
import { sayLater } from "./say-later.ts";
import { StageFailure } from "./stage-failure.ts";
import { meterMs, withProgress } from "./transfer-progress.ts";

/** The download_artifacts stage: every dependency's archive, unpacked into the project directory. */
export async function downloadArtifacts(context: JobContext, helper: Helper | null): Promise<void> {
  const { plan, control } = context;
  if (plan.dependencies.length === 0 || helper === null) return;
  for (let attempt = 1; ; attempt++) {
    try {
      await helperStage(context, helper, "download_artifacts", "before-script", async () => {
        // Nothing has made it yet where the job fetches no sources.
        await helper.run(`${plan.openUmask ? "umask 0000; " : ""}mkdir -p ${quote(plan.projectDir)}`, control.job);
        for (const dependency of plan.dependencies)
          await context.spans.run("download", { from: dependency.name }, (span) =>
            downloadOne(context, helper, dependency, span),
          );
      });
      return;
    } catch (error) {
      control.job.throwIfAborted();
      if (attempt >= plan.attempts.downloadArtifacts) throw error;
      await context.trace.warning(`Downloading the artifacts failed, and is tried again: ${messageOf(error)}`);
      await pauseBeforeRetry(context, attempt);
    }
  }
}

async function downloadOne(context: JobContext, helper: Helper, dependency: DependencyPlan, span: Span): Promise<void> {
  const { plan, control, trace, engine } = context;
  await trace.line(`Downloading artifacts for ${dependency.name} (${dependency.id})...`);
  const file = join(context.scratch, `artifacts-${dependency.id}.zip`);
  try {
    const everyMs = meterMs(plan);
    const meter = everyMs === undefined ? {} : { everyMs };
    const arriving = {
      doing: "Downloading artifacts",
      done: "Downloaded artifacts",
      // There is no file before the answer's header.
      tally: () =>
        stat(file).then(
          ({ size: bytes }) => ({ bytes }),
          () => ({ bytes: 0 }),
        ),
      ...meter,
    };
    const answer = await withProgress(context, arriving, () => fetchArchive(context, dependency, file));
    span.set({ bytes: answer.bytes });
    await trace.line(
      `Downloading artifacts from coordinator... ok  host=${answer.host} id=${dependency.id} bytes=${answer.bytes}`,
    );
    const tally = { bytes: 0, files: 0 };
    const unpacking = { doing: "Unpacking artifacts", done: "Unpacked artifacts", tally: async () => tally };
    await withProgress(context, unpacking, async () => {
      const tar = await archiveToTar(file, { signal: control.job, tally });
      await putArchive(engine, helper.id, plan.projectDir, tar, control.job);
    });
  } finally {
    await rm(file, { force: true });
  }
}

async function fetchArchive({ plan, control, trace, client }: JobContext, dependency: DependencyPlan, toFile: string) {
  const { id: jobId, name, token } = dependency;
  const parallel = planVariable(plan, "FF_USE_PARALLEL_ARTIFACT_TRANSFER") === "true";
  const answer = await client.downloadArtifact(
    { jobId, token, direct: plan.directDownload, parallel, toFile, signal: control.job },
    (reason) => sayLater(trace, `Downloading artifacts from coordinator... retrying: ${reason}`),
  );
  if (answer.kind === "downloaded") return answer;
  const hint = answer.kind === "not-found" ? "they may have expired, or the job that made them was erased" : "";
  throw new StageFailure("artifacts-failed", `downloading the artifacts of ${name} failed: ${answer.reason}`, {
    exitCode: 1,
    hint,
  });
}
