/**
 * Runs `body` with a signal that aborts with `parent` and, at the latest, when `body` has ended: what still waits on
 * it then is let go. (AbortSignal.any would keep an entry at a parent that lives as long as the job.)
 */
export async function withChildSignal<T>(
  parent: AbortSignal,
  body: (child: AbortController) => Promise<T>,
): Promise<T> {
  const child = new AbortController();
  const forward = () => child.abort(parent.reason);
  if (parent.aborted) forward();
  parent.addEventListener("abort", forward, { once: true });
  try {
    return await body(child);
  } finally {
    parent.removeEventListener("abort", forward);
    child.abort(new Error("no longer waited for"));
  }
}
