import { rm } from "node:fs/promises";
import { join } from "node:path";
import { putArchive } from "../docker/container.ts";
import type { DependencyPlan } from "../job/plan.ts";
import { quote } from "../script/quote.ts";
import { archiveToTar } from "../storage/archive-reader.ts";
import type { Helper } from "./helper-container.ts";
import type { JobContext } from "./job-context.ts";
import { sayLater } from "./say-later.ts";
import { StageFailure } from "./stage-failure.ts";

/** The download_artifacts stage: every dependency's archive, unpacked into the project directory. */
export async function downloadArtifacts(context: JobContext, helper: Helper | null): Promise<void> {
  const { plan, control } = context;
  if (plan.dependencies.length === 0 || helper === null) return;
  for (let attempt = 1; ; attempt++) {
    try {
      await context.stage("download_artifacts", async () => {
        // Nothing has made it yet where the job fetches no sources.
        await helper.run(`${plan.openUmask ? "umask 0000; " : ""}mkdir -p ${quote(plan.projectDir)}`, control.job);
        for (const dependency of plan.dependencies) await downloadOne(context, helper, dependency);
      });
      return;
    } catch (error) {
      control.job.throwIfAborted();
      if (attempt >= plan.attempts.downloadArtifacts) throw error;
    }
  }
}

async function downloadOne(context: JobContext, helper: Helper, dependency: DependencyPlan): Promise<void> {
  const { plan, control, trace, client, engine } = context;
  await trace.line(`Downloading artifacts for ${dependency.name} (${dependency.id})...`);
  const file = join(context.scratch, `artifacts-${dependency.id}.zip`);
  try {
    const answer = await client.downloadArtifact(
      { jobId: dependency.id, token: dependency.token, direct: plan.directDownload, toFile: file, signal: control.job },
      (reason) => sayLater(trace, `Downloading artifacts from coordinator... retrying: ${reason}`),
    );
    if (answer.kind !== "downloaded") {
      const hint = answer.kind === "not-found" ? "they may have expired, or the job that made them was erased" : "";
      throw new StageFailure(
        "container-fault",
        `downloading the artifacts of ${dependency.name} failed: ${answer.reason}`,
        { hint },
      );
    }
    await trace.line(
      `Downloading artifacts from coordinator... ok  host=${answer.host} id=${dependency.id} bytes=${answer.bytes}`,
    );
    await putArchive(
      engine,
      helper.id,
      plan.projectDir,
      await archiveToTar(file, { signal: control.job }),
      control.job,
    );
  } finally {
    await rm(file, { force: true });
  }
}
