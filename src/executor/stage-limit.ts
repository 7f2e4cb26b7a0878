import { goDuration } from "../job/labels.ts";
import type { StageLimit } from "../job/stage-limits.ts";
import type { JobContext } from "./job-context.ts";
import { JobEnd } from "./job-end.ts";

const names = { "prepare-timeout": "prepare", "get-sources-timeout": "get sources" } as const;

/** Runs a part of the job that ends the whole job when it takes longer than its limit: nothing of what follows runs then. */
export async function withinLimit<T>(
  { clock, control }: Pick<JobContext, "clock" | "control">,
  limit: StageLimit | undefined,
  body: () => Promise<T>,
): Promise<T> {
  if (limit === undefined || limit.seconds === null) return body();
  const { kind, seconds } = limit;
  const over = new AbortController();
  const what = `${names[kind]} timeout: exceeded timeout of ${goDuration(seconds)}`;
  const hint = `config.toml of the runner has \`${kind.replaceAll("-", "_")}\`: it is up to its admin`;
  clock.sleep(seconds * 1000, over.signal).then(
    () => control.abort(new JobEnd(kind, what, hint)),
    () => {},
  );
  try {
    return await body();
  } finally {
    over.abort(new Error("it is done in time"));
  }
}
