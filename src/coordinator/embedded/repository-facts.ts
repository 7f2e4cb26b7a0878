import { git, type GitContext } from "./git-command.ts";

export interface CommitFacts {
  readonly sha: string;
  /** All zeros for the first commit, as GitLab has it for a new branch. */
  readonly parentSha: string;
  readonly author: { readonly name: string; readonly email: string };
  /** The whole message, without the last line end. */
  readonly message: string;
  /** ISO 8601 with offset. */
  readonly timestamp: string;
  /** The tag on this very commit; "" without. */
  readonly tag: string;
  readonly objectFormat: string;
}

/** What the CI_COMMIT_* variables are made of. */
export async function readCommit(context: GitContext, sha: string): Promise<CommitFacts> {
  const text = await git(context, ["show", "--no-patch", "--format=%H%x00%P%x00%an%x00%ae%x00%cI%x00%B", sha]);
  const [full = sha, parents = "", name = "", email = "", timestamp = "", message = ""] = text.split("\0");
  const tags = await git(context, ["for-each-ref", "--points-at", sha, "--format=%(refname:short)", "refs/tags"]);
  return {
    sha: full,
    parentSha: parents.split(" ")[0] || "0".repeat(full.length),
    author: { name, email },
    message: message.replace(/\n+$/, ""),
    timestamp,
    tag: tags.split("\n")[0] ?? "",
    objectFormat: full.length === 64 ? "sha256" : "sha1",
  };
}
