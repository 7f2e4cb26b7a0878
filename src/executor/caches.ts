import { restoreCacheScript, saveCacheScript } from "../script/cache.ts";
import type { Helper } from "./helper-container.ts";
import { helperStage } from "./helper-stage.ts";
import type { JobContext } from "./job-context.ts";
import { restoreFromStore } from "./remote-restore.ts";
import { saveToStore } from "./remote-save.ts";

/** The restore_cache stage. A cache that can't be restored is no failure: the log says so. */
export async function restoreCache(context: JobContext, helper: Helper | null): Promise<void> {
  const { plan, control } = context;
  const script = restoreCacheScript(plan.caches, plan.cachePlace);
  if (script === null || helper === null) return;
  const body = async () => {
    const remote = await context.remoteCache();
    if (remote === null) return helper.run(script, control.job);
    await restoreFromStore(context, helper, remote);
    return 0;
  };
  for (let attempt = 1; attempt <= plan.attempts.restoreCache; attempt++) {
    const code = await helperStage(context, helper, "restore_cache", "before-script", body);
    if (code === 0) return;
  }
  await context.trace.warning("Failed to restore the cache; the job goes on without it");
}

/** The archive_cache stage of this outcome. */
export async function saveCache(
  context: JobContext,
  helper: Helper | null,
  outcome: "success" | "failure",
): Promise<void> {
  const { plan, control } = context;
  const staged = saveCacheScript(plan.caches, plan.cachePlace, outcome);
  if (staged === null || helper === null) return;
  const name = outcome === "success" ? "archive_cache" : "archive_cache_on_failure";
  const code = await helperStage(context, helper, name, "after-script", async () => {
    const remote = await context.remoteCache();
    if (remote === null) return helper.runStaged(staged, control.job);
    await saveToStore(context, helper, remote, outcome);
    return 0;
  });
  if (code !== 0) await context.trace.warning("Failed to create cache");
}
