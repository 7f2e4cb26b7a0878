import { expect } from "vitest";
import { sectionsOf } from "../../support/job-log.ts";
import type { Feature } from "../case.ts";

const usual = ["prepare_executor", "prepare_script", "get_sources", "step_script"];

export const feature: Feature = {
  title: "Stages",
  cases: [
    {
      title: "each stage is a section of the log under GitLab Runner's name, one after another",
      prove: async (world) => {
        const { raw } = await world.run({
          script: ["mkdir kept; touch kept/file"],
          afterScript: ["true"],
          artifacts: ["kept"],
          cache: { key: "stages", paths: ["kept"] },
          variables: { GIT_STRATEGY: "empty" },
        });
        const names = sectionsOf(raw).filter((name) => name !== "cleanup_file_variables");
        expect(names).toEqual([
          ...usual.slice(0, 3),
          "restore_cache",
          "step_script",
          "after_script",
          "archive_cache",
          "upload_artifacts_on_success",
        ]);
      },
    },
    {
      title: "the files that the script leaves outside of volumes are there for after_script",
      job: { script: ["echo kept >/root-file"], afterScript: ["cat /root-file"] },
      observed: { log: ["$ cat /root-file\nkept\n"] },
    },
    {
      title: "after_script has a shell of its own: variables and functions of the script are gone",
      job: { script: ["export OWN=set; OWN2=set"], afterScript: ['echo "[${OWN-none} ${OWN2-none}]"'] },
      observed: { log: ["\n[none none]\n"] },
    },
    {
      title: "a job's last line says how it ended",
      prove: async (world) => {
        const [good, bad] = await Promise.all([world.run({ script: ["true"] }), world.run({ script: ["exit 3"] })]);
        expect(good.log).toMatch(/\nJob succeeded\n$/);
        expect(bad.log).toMatch(/\nERROR: Job failed: exit code 3\n+$/);
      },
    },
    {
      title: "get_sources that fails leaves the scripts out, and uploads for failed jobs go on",
      job: {
        script: ["echo never"],
        afterScript: ["echo never"],
        parts: {
          git_info: { repo_url: "http://127.0.0.1:9/group/project.git", ref: "main", sha: "0".repeat(40), depth: 0 },
          artifacts: [{ name: "a", paths: ["none"], when: "always", artifact_type: "archive", artifact_format: "zip" }],
        },
      },
      observed: { state: "failed", log: [/Uploading artifacts for failed job/], absent: [/^never$/m] },
    },
  ],
};
