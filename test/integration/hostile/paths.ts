import { type HostileKind, lineWith, must, row } from "./row.ts";
import { field, spoiled } from "./spoiled.ts";

export const paths: HostileKind = {
  title: "Names that are paths",
  rows: [
    row("GIT_CLONE_PATH=/etc, and $CI_BUILDS_DIR/../etc", "refused", async ({ agent }) => {
      const said: string[] = [];
      for (const path of ["/etc", "$CI_BUILDS_DIR/../etc"]) {
        const { job, log } = await agent.run({ script: ["true"], variables: { GIT_CLONE_PATH: path } });
        must(job.state === "failed", log);
        said.push(lineWith(log, "has to be within"));
      }
      return said[1] ?? "";
    }),
    row(
      "repo_url whose path is /%2e%2e/%2e%2e/etc.git",
      "the project directory stays below the builds directory",
      async (place) => {
        const { job, log } = await spoiled(
          place,
          field((payload) => void (payload.git_info["repo_url"] = "http://a@localhost/..%2f..%2f..%2fetc/x.git")),
          { steps: [{ name: "script", script: ["pwd -P"], timeout: 60, when: "on_success", allow_failure: false }] },
        );
        must(job.state === "success", log);
        return lineWith(log, /^\/builds\/.*$/);
      },
    ),
    row(
      "cache key ../../other, and CI_PROJECT_PATH=../.. in the job",
      "the cache stays the project's",
      async ({ agent }) => {
        const { job, log } = await agent.run({
          script: ["mkdir -p deps; echo x >deps/x"],
          afterScript: ["true"],
          variables: { CI_PROJECT_PATH: "../.." },
          cache: { key: "../../../%2e%2e/other", paths: ["deps"] },
        });
        must(job.state === "success", log);
        return lineWith(log, /sanitized to/);
      },
    ),
    row(
      'an artifact named "../../evil\\n\\u001b]0;x"',
      "its file name is its last part, in one header line",
      async ({ agent }) => {
        const { job, log } = await agent.run({
          script: ["echo x >x"],
          parts: {
            artifacts: [
              {
                name: "../../evil\r\nX-Header: 1\u001b]0;x",
                paths: ["x"],
                artifact_type: "archive",
                artifact_format: "zip",
              },
            ],
          },
        });
        must(job.state === "success" && job.artifacts.length === 1, log);
        return JSON.stringify(job.artifacts[0]?.filename);
      },
    ),
  ],
};
