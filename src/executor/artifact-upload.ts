import { PassThrough, type Readable } from "node:stream";
import { pathExists, getArchive } from "../docker/container.ts";
import type { ArtifactPlan } from "../job/plan.ts";
import { stageArtifactsScript, stagedArtifactDir } from "../script/artifacts.ts";
import { largestFilesScript } from "../script/largest-files.ts";
import { artifactFileName, compressionLevel, writeArtifact } from "../storage/artifact-writer.ts";
import type { Statement } from "../storage/provenance.ts";
import type { Tally } from "../storage/tally.ts";
import { messageOf } from "../support/errors.ts";
import { artifactStatement } from "./artifact-statement.ts";
import type { Helper } from "./helper-container.ts";
import { helperStage } from "./helper-stage.ts";
import type { JobContext } from "./job-context.ts";
import { planVariable } from "./plan-variable.ts";
import { sayLater } from "./say-later.ts";
import { StageFailure } from "./stage-failure.ts";
import { meterMs, withProgress } from "./transfer-progress.ts";

/** Of an artifact that is too large, so many of its files are named. */
const largestShown = 10;

/**
 * The upload_artifacts stage of this outcome: the helper links what was selected into a place of its own, from which
 * it is read as a tar stream and sent on as it is packed; nothing is kept whole on the way.
 */
export async function uploadArtifacts(
  context: JobContext,
  helper: Helper | null,
  outcome: "success" | "failure",
): Promise<void> {
  const { plan, control } = context;
  const wanted = plan.artifacts.filter((artifact) => artifact.when === "always" || artifact.when === `on_${outcome}`);
  if (wanted.length === 0 || helper === null) return;
  // The coordinator takes another file of the same type for a mistake.
  const has = new Set(context.uploaded);
  const stage = outcome === "success" ? "upload_artifacts_on_success" : "upload_artifacts_on_failure";
  await helperStage(context, helper, stage, "after-script", async () => {
    const artifacts = wanted.map((artifact) => artifact.selection);
    const { projectDir, tempDir, openUmask } = plan;
    const code = await helper.runStaged(
      stageArtifactsScript({ projectDir, tempDir, artifacts, openUmask }),
      control.job,
    );
    if (code !== 0)
      throw new StageFailure("artifacts-failed", `collecting the artifacts failed with exit code ${code}`, {
        exitCode: code,
      });
    for (const [index, artifact] of wanted.entries()) {
      if (has.has(index)) continue;
      const directory = stagedArtifactDir(tempDir, index);
      if (await pathExists(context.engine, helper.id, directory, control.job))
        await context.spans.run("upload", { type: artifact.type }, () =>
          uploadWithProgress(context, helper, artifact, directory),
        );
      has.add(index);
      await context.record({ type: "artifactUploaded", index });
    }
  });
}

async function uploadWithProgress(
  context: JobContext,
  helper: Helper,
  artifact: ArtifactPlan,
  directory: string,
): Promise<void> {
  let tally: Tally = { bytes: 0, files: 0 };
  const statement = await statementOf(context, artifact);
  const open = () => {
    // Every try begins at the first file.
    tally = { bytes: 0, files: 0 };
    return openArtifact(context, helper, artifact, directory, tally, statement);
  };
  const everyMs = meterMs(context.plan);
  const transfer = {
    doing: "Uploading artifacts",
    done: "Uploaded artifacts",
    tally: async () => tally,
    ...(everyMs === undefined ? {} : { everyMs }),
  };
  await withProgress(context, transfer, () => uploadOne(context, helper, artifact, directory, open));
}

async function uploadOne(
  context: JobContext,
  helper: Helper,
  artifact: ArtifactPlan,
  directory: string,
  open: () => Readable,
): Promise<void> {
  const { plan, control, trace, client } = context;
  const answer = await client.uploadArtifact(
    {
      jobId: plan.jobId,
      token: context.jobToken,
      expireIn: artifact.expireIn,
      format: artifact.format,
      type: artifact.type,
      filename: artifactFileName(artifact.name, artifact.format),
      open,
      signal: control.job,
      ...(plan.uploadLimits === undefined ? {} : { limits: plan.uploadLimits }),
    },
    (reason) => sayLater(trace, `Uploading artifacts as "${artifact.type}" to coordinator... retrying: ${reason}`),
    (details) => {
      if (plan.debugTrace) sayLater(trace, details);
    },
  );
  if (answer.kind === "uploaded") {
    await trace.line(`Uploading artifacts as "${artifact.type}" to coordinator... 201 Created  id=${plan.jobId}`);
    return;
  }
  const isTooLarge = answer.kind === "too-large";
  if (isTooLarge) await helper.run(largestFilesScript(directory, largestShown), control.job);
  const hint = isTooLarge
    ? "make the artifacts smaller (artifacts:paths, artifacts:exclude), or ask the admin of the coordinator to raise its limit"
    : "";
  throw new StageFailure("artifacts-failed", `uploading artifacts as "${artifact.type}" failed: ${answer.reason}`, {
    exitCode: 1,
    hint,
  });
}

/** undefined where the job asks for none, or the format has no place for it. */
async function statementOf(context: JobContext, artifact: ArtifactPlan): Promise<Statement | undefined> {
  const { plan, clock, spans, trace } = context;
  if (plan.provenance === undefined || artifact.format !== "zip") return undefined;
  await trace.line("Generating artifacts statement");
  // Once for all tries: the coordinator takes another content for another artifact.
  const endedAt = clock.now();
  return artifactStatement(artifact.name, plan.provenance, { startedAt: endedAt - spans.durationMs, endedAt });
}

/** The packed artifact from its first byte, each time it is called. */
function openArtifact(
  context: JobContext,
  helper: Helper,
  artifact: ArtifactPlan,
  directory: string,
  tally: Tally,
  statement: Statement | undefined,
): Readable {
  const out = new PassThrough();
  const write = async () => {
    const { engine, control, plan } = context;
    const tar = await getArchive(engine, helper.id, directory, control.job);
    const stripPrefix = directory.split("/").at(-1) as string;
    const level = compressionLevel(planVariable(plan, "ARTIFACT_COMPRESSION_LEVEL"));
    const more = statement === undefined ? {} : { statement };
    await writeArtifact(tar, out, { format: artifact.format, stripPrefix, level, signal: control.job, tally, ...more });
  };
  write().catch((error: unknown) => out.destroy(error instanceof Error ? error : new Error(messageOf(error))));
  return out;
}
