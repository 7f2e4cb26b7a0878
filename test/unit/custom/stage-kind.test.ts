import { describe, expect, it } from "vitest";
import { kindOf } from "../../../src/custom/stage-kind.ts";

describe("a stage of the calling runner", () => {
  it.each(["build_script", "step_script", "step_release", "after_script"])(
    "%s runs in the build container",
    (stage) => {
      expect(kindOf(stage, "")).toBe("script");
    },
  );

  it.each(["prepare_script", "get_sources", "clear_worktree", "cleanup_file_variables", "of_a_runner_to_come"])(
    "%s runs in the helper",
    (stage) => {
      expect(kindOf(stage, "")).toBe("helper");
    },
  );

  it.each([
    "restore_cache",
    "download_artifacts",
    "archive_cache",
    "archive_cache_on_failure",
    "upload_artifacts_on_success",
    "upload_artifacts_on_failure",
  ])("%s is done by Longshore", (stage) => {
    expect(kindOf(stage, "gitlab-runner artifacts-uploader --url https://gitlab.test")).toBe("own");
  });

  it.each([
    `: | eval $'gitlab-runner "cache-extractor" "--file" "../../c.zip" "--timeout" "10" "--url" "https://s3.test/c"\\n'`,
    `gitlab-runner "cache-archiver" "--file" "c.zip" "--gocloud-url" "azblob://c"`,
  ])("of a cache in a store elsewhere runs in the helper, since only its script knows the address", (script) => {
    expect(kindOf("restore_cache", script)).toBe("helper");
    expect(kindOf("archive_cache", script)).toBe("helper");
  });

  it("is not taken for that by what a variable says", () => {
    const line = `export A="curl --url x"\\ngitlab-runner "cache-extractor" "--file" "c.zip"\\nexport B="--url"`;
    expect(kindOf("restore_cache", `: | eval $'${line}'`)).toBe("own");
    expect(kindOf("restore_cache", line.replaceAll("\\n", "\n"))).toBe("own");
  });
});
