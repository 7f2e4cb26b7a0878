import { images } from "../../support/engine.ts";
import { type HostileKind, lineWith, must, once, row } from "./row.ts";

const variable = (key: string, value: string, more: { file?: boolean; masked?: boolean } = {}) => ({
  key,
  value,
  public: !(more.masked ?? false),
  file: more.file ?? false,
  masked: more.masked ?? false,
  raw: true,
});

/** What any of it would leave if a shell, git or TOML took it for more than text. */
const mark = "/builds/executed";
const values: Readonly<Record<string, string>> = {
  SUBSTITUTION: `$(touch ${mark})`,
  BACKTICKS: `\`touch ${mark}\``,
  QUOTES: `'; touch ${mark}; '"; touch ${mark}; "`,
  NEWLINES: `a\ntouch ${mark}\n`,
  TOML: `"]\n[[runners]]\ntoken = "x"`,
  GLOB: "* ? [a-z] ~ {a,b}",
  ESCAPES: "\\n\\x41 %s %n",
  UNICODE: "\u202E\u200Bé😀",
};
const names = ["A B", `x;touch ${mark}`, "A\nB", "A=B", "-n", "", `$(touch ${mark})`, "../x", "A\0B", "é", "1A"];
const traps: Readonly<Record<string, string>> = {
  IFS: "/",
  PS4: `$(touch ${mark}-ps4)`,
  PROMPT_COMMAND: `touch ${mark}`,
  "BASH_FUNC_cd%%": `() { touch ${mark}-function; builtin cd "$@"; }`,
  "BASH_FUNC_git%%": `() { touch ${mark}-function; }`,
  SHELLOPTS: "xtrace",
  CDPATH: "/etc",
  GIT_ASKPASS: `/bin/touch`,
};

/** One job with all of it, sources, caches and artifacts: everything that the helper does. */
const all = once(async ({ agent, repository, front }) => {
  const script = [
    ...Object.keys(values).map((key) => `printf '%s' "$${key}" | base64 -w0; echo " ${key}"`),
    "ls /builds; env -0 | tr '\\0' '\\n' | grep -a 'odd value' || true",
    "mkdir -p deps; echo x >deps/x",
  ];
  return agent.run({
    script,
    parts: {
      ...repository.jobParts(front.url, "", repository.head, { script }),
      variables: [
        ...Object.entries(values).map(([key, value]) => variable(key, value)),
        ...names.map((key) => variable(key, "odd value")),
      ],
      cache: [{ key: "$(id)'\"`id`", paths: ["deps", "$(touch x)", "-rf", "'; id; '"], policy: "pull-push" }],
      artifacts: [
        {
          name: "a",
          paths: ["deps", "$(touch x)", "--checkpoint-action=exec=sh", "a\nb"],
          artifact_type: "archive",
          artifact_format: "zip",
        },
      ],
    },
  });
});

const trapped = once(async ({ agent, repository, front }) => {
  const script = ["ls /builds", "echo the script ran"];
  return agent.run({
    script,
    image: images.helper,
    parts: {
      ...repository.jobParts(front.url, "", repository.head, { script }),
      variables: Object.entries(traps).map(([key, value]) => variable(key, value)),
      image: { name: images.helper },
      job_info: { name: "traps", stage: "test", pipeline_id: 1, project_id: 77 },
    },
  });
});

export const variables: HostileKind = {
  title: "Variables",
  rows: [
    row(
      "values with $(...), backticks, quotes, newlines, TOML and globs",
      "they reach the script byte for byte, and run nowhere",
      async (field) => {
        const { job, log } = await all(field);
        must(job.state === "success", log);
        for (const [key, value] of Object.entries(values))
          must(log.includes(`\n${Buffer.from(value).toString("base64")} ${key}\n`), `${key}: ${log}`);
        must(!/^executed/m.test(log), log);
        return `${Object.keys(values).length} values as they were, no trace of an execution`;
      },
    ),
    row(
      "names that are empty, -n, ../x, with a newline, blank, =, ; or NUL",
      "the job runs; what no environment can hold is left out",
      async (field) => {
        const { job, log } = await all(field);
        must(job.state === "success", log);
        const kept = log
          .split("\n")
          .filter((line) => line.endsWith("=odd value"))
          .map((line) => JSON.stringify(line.slice(0, -10)));
        return `success; in the environment: ${kept.join(" ")}`;
      },
    ),
    row(
      "cache keys and paths, and artifact paths with $(...), quotes, newlines and options",
      "they are names of files, to shell, cp and tar alike",
      async (field) => {
        const { log, job } = await all(field);
        must(job.artifacts.length === 1, log);
        return lineWith(log, /--checkpoint-action=exec=sh: no matching files/).slice(0, 120);
      },
    ),
    row(
      "IFS, PS4, SHELLOPTS, CDPATH, PROMPT_COMMAND, GIT_ASKPASS, functions of bash (BASH_FUNC_git%%)",
      "the job has its sources and its script all the same, or fails by itself",
      async (field) => {
        const { job, log } = await trapped(field);
        const ran = [...log.matchAll(/^executed\S*/gm)].map(([name]) => name);
        must(job.finished, log);
        return `${job.state}; ran in the job's own containers: ${ran.join(" ") || "nothing"}`;
      },
    ),
    row(
      "LD_PRELOAD, BASH_ENV and ENV that lead to the job's own files",
      "they act in the job's own containers only",
      async ({ agent, repository, front }) => {
        const script = ["echo $BASH_ENV", "ls /builds | grep -c executed || true"];
        const { job, log } = await agent.run({
          script,
          parts: {
            ...repository.jobParts(front.url, "", repository.head, { script }),
            variables: [
              variable("LD_PRELOAD", "/builds/none.so"),
              variable("BASH_ENV", "/builds/bash_env"),
              variable("ENV", "/builds/env"),
            ],
          },
        });
        must(job.finished, log);
        return `${job.state}; by design: all variables of a job reach its own helper, as its hooks do`;
      },
    ),
    row(
      "a file variable whose name is ../../../../etc/profile.d/x.sh",
      "its file stays in the job's temporary directory",
      async ({ agent }) => {
        const key = "../../../../etc/profile.d/x.sh";
        const { job, log } = await agent.run({
          script: ["ls -A $CI_PROJECT_DIR.tmp; ls /etc/profile.d; test ! -e /etc/profile.d/x.sh"],
          parts: { variables: [variable(key, "touch /executed", { file: true })] },
        });
        must(job.state === "success", log);
        return lineWith(log, /_etc_profile/);
      },
    ),
    row(
      "secrets of nothing, one character, 3 MB, lone surrogates, and one in the other",
      "the log is whole, and holds no secret that can be masked",
      async ({ agent }) => {
        const huge = "s3cr3t-".repeat(400_000);
        const { job, log } = await agent.run({
          script: ['echo "[$INNER] [$OUTER]"', "echo eeee", "echo ${#HUGE}"],
          parts: {
            variables: [
              variable("EMPTY", "", { masked: true }),
              variable("ONE", "e", { masked: true }),
              variable("INNER", "abcdefgh", { masked: true }),
              variable("OUTER", "xxabcdefghyy", { masked: true }),
              variable("BROKEN", "a\uD800b", { masked: true }),
              variable("HUGE", huge.slice(0, 100_000), { masked: true }),
            ],
          },
        });
        must(!log.includes("abcdefgh"), log);
        return `${job.state}: ${lineWith(log, /^\[?.*MASK/).slice(0, 120)}`;
      },
    ),
    row(
      "a variable of 3 MB, which no process can be started with",
      "the job fails with the reason, or runs without it",
      async ({ agent }) => {
        const { job, log } = await agent.run({ script: ["echo ran"], variables: { HUGE: "x".repeat(3_000_000) } });
        must(job.finished, log);
        return `${job.state}: ${log.trim().split("\n").at(-1)?.slice(0, 140) ?? ""}`;
      },
    ),
    row(
      "DOCKER_AUTH_CONFIG that is no JSON, and one with __proto__",
      "said in the log, and the job runs with the images that are there",
      async ({ agent }) => {
        const bad = await agent.run({ script: ["true"], variables: { DOCKER_AUTH_CONFIG: '{"auths": [' } });
        const odd = await agent.run({
          script: ["true"],
          variables: { DOCKER_AUTH_CONFIG: '{"auths":{"__proto__":{"auth":"%%%"},"x":null,"y":{"auth":5}}}' },
        });
        must(bad.job.finished && odd.job.state === "success", bad.log + odd.log);
        return `${bad.job.state}; ${/.*DOCKER_AUTH_CONFIG.*/.exec(bad.log)?.[0].slice(0, 140) ?? "not a word"}`;
      },
    ),
    row(
      "GIT_FETCH_EXTRA_FLAGS=--upload-pack=..., GIT_CLEAN_FLAGS=-e $(...), GIT_SUBMODULE_UPDATE_FLAGS",
      "arguments of git, not of a shell",
      async ({ agent, repository, front }) => {
        const script = ["ls /builds"];
        const { job, log } = await agent.run({
          script,
          parts: {
            ...repository.jobParts(front.url, "", repository.head, { script }),
            variables: [
              variable("GIT_FETCH_EXTRA_FLAGS", `--upload-pack=touch${"${IFS}"}${mark} --quiet`),
              variable("GIT_CLEAN_FLAGS", `-ffdx;touch ${mark} $(touch ${mark})`),
            ],
          },
        });
        must(!/^executed/m.test(log), log);
        return `${job.state}; nothing ran`;
      },
    ),
  ],
};
