import { PassThrough, type Readable } from "node:stream";
import { pathExists, getArchive } from "../docker/container.ts";
import type { ArtifactPlan } from "../job/plan.ts";
import { stageArtifactsScript, stagedArtifactDir } from "../script/artifacts.ts";
import { artifactFileName, compressionLevel, writeArtifact } from "../storage/artifact-writer.ts";
import type { Tally } from "../storage/tally.ts";
import { messageOf } from "../support/errors.ts";
import type { Helper } from "./helper-container.ts";
import { helperStage } from "./helper-stage.ts";
import type { JobContext } from "./job-context.ts";
import { planVariable } from "./plan-variable.ts";
import { sayLater } from "./say-later.ts";
import { StageFailure } from "./stage-failure.ts";
import { withProgress } from "./transfer-progress.ts";

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
    if (code !== 0) throw new StageFailure("container-fault", `collecting the artifacts failed with exit code ${code}`);
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
  const open = () => {
    // Every try begins at the first file.
    tally = { bytes: 0, files: 0 };
    return openArtifact(context, helper, artifact, directory, tally);
  };
  const words = { doing: "Uploading artifacts", done: "Uploaded artifacts" };
  await withProgress(context, { ...words, tally: async () => tally }, () => uploadOne(context, artifact, open));
}

async function uploadOne(context: JobContext, artifact: ArtifactPlan, open: () => Readable): Promise<void> {
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
    },
    (reason) => sayLater(trace, `Uploading artifacts as "${artifact.type}" to coordinator... retrying: ${reason}`),
  );
  if (answer.kind === "uploaded") {
    await trace.line(`Uploading artifacts as "${artifact.type}" to coordinator... 201 Created  id=${plan.jobId}`);
    return;
  }
  const hint =
    answer.kind === "too-large"
      ? "make the artifacts smaller (artifacts:paths, artifacts:exclude), or ask the admin of the coordinator to raise its limit"
      : "";
  throw new StageFailure("container-fault", `uploading artifacts as "${artifact.type}" failed: ${answer.reason}`, {
    hint,
  });
}

/** The packed artifact from its first byte, each time it is called. */
function openArtifact(
  context: JobContext,
  helper: Helper,
  artifact: ArtifactPlan,
  directory: string,
  tally: Tally,
): Readable {
  const out = new PassThrough();
  const write = async () => {
    const { engine, control, plan } = context;
    const tar = await getArchive(engine, helper.id, directory, control.job);
    const stripPrefix = directory.split("/").at(-1) as string;
    const level = compressionLevel(planVariable(plan, "ARTIFACT_COMPRESSION_LEVEL"));
    await writeArtifact(tar, out, { format: artifact.format, stripPrefix, level, signal: control.job, tally });
  };
  write().catch((error: unknown) => out.destroy(error instanceof Error ? error : new Error(messageOf(error))));
  return out;
}
