import type { ScriptJob } from "../../support/coordinator.ts";
import type { EndedJob } from "../../support/job-runs.ts";
import { images } from "../../support/engine.ts";
import type { Field } from "./field.ts";
import { type HostileKind, lineWith, must, once, row } from "./row.ts";

/**
 * What a job leaves in the volumes of its slot for the next job of its project. Each chain is a project of its own, as its
 * volumes are. A trap that goes off leaves a file beside the project directory.
 */
let project = 1000;

const sprung = "/builds/sprung";
const trap = (name: string) =>
  `mkdir -p /builds/traps; printf '#!/bin/sh\\ntouch ${sprung}-${name}\\ncat\\n' >/builds/traps/${name}; chmod 755 /builds/traps/${name}`;
const poisoned = (where: string) => [
  `git config --file ${where} core.fsmonitor /builds/traps/fsmonitor`,
  `git config --file ${where} core.hooksPath /builds/traps/hooks`,
  `git config --file ${where} core.sshCommand /builds/traps/ssh`,
  `git config --file ${where} filter.evil.smudge /builds/traps/smudge`,
  `git config --file ${where} filter.evil.clean /builds/traps/smudge`,
];
const traps = [
  ...["fsmonitor", "ssh", "smudge", "hook"].map(trap),
  "mkdir -p /builds/traps/hooks; for hook in post-checkout reference-transaction post-index-change pre-auto-gc; do cp /builds/traps/hook /builds/traps/hooks/$hook; done",
];
const report = `ls /builds | grep sprung || echo no trap went off`;

/** A hostile job and the one after it, with sources in both. */
async function chain(
  { agent, repository, front }: Field,
  hostile: readonly string[],
  more: Partial<ScriptJob> = {},
): Promise<{ readonly first: EndedJob; readonly next: EndedJob }> {
  const id = ++project;
  const job = (script: readonly string[]) => {
    const whole = { ...more, image: images.helper, script, variables: { GIT_STRATEGY: "fetch", ...more.variables } };
    return agent.run({
      script,
      parts: {
        ...repository.jobParts(front.url, "", repository.head, whole),
        ...more.parts,
        job_info: { name: `project ${id}`, stage: "test", pipeline_id: 1, project_id: id },
      },
    });
  };
  const first = await job(hostile);
  must(first.job.state === "success", first.log);
  const next = await job([report, "git status --short", "cat file.txt"]);
  return { first, next };
}

const unsprung = ({ next }: { readonly next: EndedJob }): string => {
  must(next.job.state === "success", next.log);
  must(!/^sprung-/m.test(next.log), next.log);
  return lineWith(next.log, /^no trap went off/);
};

const inConfig = once((field) =>
  chain(field, [
    ...traps,
    ...poisoned(".git/config"),
    "cp /builds/traps/hook .git/hooks/post-checkout 2>/dev/null || { mkdir .git/hooks; cp /builds/traps/hook .git/hooks/post-checkout; }",
    "mkdir -p .git/info; echo '* filter=evil' >.git/info/attributes; rm file.txt",
  ]),
);

export const leftovers: HostileKind = {
  title: "What a job leaves for the next job of its project",
  rows: [
    row(
      ".git/hooks/post-checkout; core.fsmonitor, core.hooksPath, core.sshCommand and filters in .git/config",
      "nothing of it runs in the next job's helper",
      async (field) => unsprung(await inConfig(field)),
    ),
    row(
      ".git/commondir that names a directory with a config of the job's",
      "git in the next job's helper reads no such config",
      async (field) =>
        unsprung(
          await chain(field, [
            ...traps,
            "cp -a .git /builds/common",
            ...poisoned("/builds/common/config"),
            "echo /builds/common >.git/commondir; rm file.txt",
          ]),
        ),
    ),
    row(".git as a file that names a repository of the job's", "the next job does not use it", async (field) =>
      unsprung(
        await chain(field, [
          ...traps,
          "mv .git /builds/other.git",
          ...poisoned("/builds/other.git/config"),
          "echo 'gitdir: /builds/other.git' >.git; rm file.txt",
        ]),
      ),
    ),
    row(".git as a link to a repository of the job's", "the next job does not use it", async (field) =>
      unsprung(
        await chain(field, [
          ...traps,
          "mv .git /builds/linked.git; echo ../x >/builds/linked.git/worktrees-of-mine",
          ...poisoned("/builds/linked.git/config"),
          "ln -s /builds/linked.git .git; cp -r /builds/traps/hooks .git/hooks; rm file.txt",
        ]),
      ),
    ),
    row(
      ".git/config as a FIFO, .git/hooks as a link, extensions.worktreeConfig with a config.worktree",
      "the next job neither hangs nor runs them",
      async (field) =>
        unsprung(
          await chain(field, [
            ...traps,
            ...poisoned(".git/config.worktree"),
            "rm -rf .git/hooks .git/config; mkfifo .git/config; ln -s /builds/traps/hooks .git/hooks; rm file.txt",
          ]),
        ),
    ),
    row(
      "a submodule's .git file, .git/modules/*/config and hooks as links to the job's",
      "the next job's helper uses none of them",
      async (field) => {
        const { repository, front, coordinator } = field;
        coordinator.serveRepository("group/module", repository.bare);
        const module = { ...repository };
        await repository.addSubmodule(`${front.url}/group/module.git`, module, "sub");
        return unsprung(
          await chain(
            field,
            [
              ...traps,
              "cp -a .git/modules/sub /builds/sub.git",
              ...poisoned("/builds/sub.git/config"),
              "rm -rf .git/modules/sub/config .git/modules/sub/hooks",
              "ln -s /builds/sub.git/config .git/modules/sub/config; ln -s /builds/traps/hooks .git/modules/sub/hooks",
              "echo /builds/sub.git >.git/modules/sub/commondir",
              "echo 'gitdir: /builds/sub.git' >sub/.git",
            ],
            { variables: { GIT_SUBMODULE_STRATEGY: "recursive" } },
          ),
        );
      },
    ),
    row(
      "refs/replace that gives the commit another tree",
      "the next job has the files as they were committed",
      async (field) => {
        const { next } = await chain(field, [
          "echo forged >file.txt; git add file.txt",
          "git replace $(git rev-parse HEAD) $(git -c user.name=a -c user.email=a@b.c commit-tree $(git write-tree) -m x)",
          "git checkout -q -f HEAD",
        ]);
        return lineWith(next.log, /^as committed/);
      },
    ),
    row("the project directory as a link to /etc", "the next job has a directory of its own", async (field) => {
      const { next } = await chain(field, ["cd /builds; mv group/project group/away; ln -s /etc group/project"]);
      must(next.job.state === "success" && next.log.includes("Created fresh repository"), next.log);
      return "success: the link is removed, and the sources are fetched anew";
    }),
    row("a cache whose lock is a FIFO", "the next job does not hang", async (field) => {
      const cache = [{ key: "deps", paths: ["deps"], policy: "pull-push" }];
      const { next } = await chain(
        field,
        [
          "mkdir deps; mkdir -p /cache/group/project/deps; mkfifo /cache/group/project/deps/lock /cache/group/project/deps/lock.save; echo v.x >/cache/group/project/deps/current",
        ],
        {
          parts: { cache },
          timeout: 60,
        },
      );
      must(next.job.state === "success", next.log);
      return lineWith(next.log, /Failed to extract cache|Successfully extracted cache/);
    }),
    row(
      "a cache whose `current` leads to /etc of the helper, and a tree that is a link to /proc/1",
      "the next job gets nothing out of the helper but its image's files",
      async (field) => {
        const cache = [{ key: "deps", paths: ["deps"], policy: "pull" }];
        const { next } = await chain(
          field,
          [
            "mkdir -p /cache/group/project/deps/v.x; ln -s /proc/1 /cache/group/project/deps/v.x/tree; echo v.x >/cache/group/project/deps/current",
          ],
          {
            parts: { cache },
            timeout: 60,
          },
        );
        must(next.job.state === "success" && !next.log.includes("Successfully extracted cache"), next.log);
        return lineWith(next.log, /Failed to extract cache/);
      },
    ),
  ],
};
