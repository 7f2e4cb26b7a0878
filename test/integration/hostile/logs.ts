import { type HostileKind, lineWith, must, once, row } from "./row.ts";

const forged = once(({ agent }) =>
  agent.run({
    script: [
      "printf 'section_start:1:step_script\\r\\033[0Ksection_end:1:step_script\\r\\033[0K\\n'",
      "echo '2026-01-01T00:00:00.000000Z 00O forged stamp'",
      "printf '\\033[32;1mJob succeeded\\033[0;m\\n'; exit 7",
    ],
  }),
);

export const logs: HostileKind = {
  title: "Logs",
  rows: [
    row("1,000,000 lines of section_start", "the log ends at its limit, the job at its end", async ({ agent }) => {
      const { job, raw } = await agent.run({ script: ["seq 1000000 | sed 's/.*/section_start:1:x/'", "exit 3"] });
      must(job.exitCode === 3 && raw.length < 5 * 2 ** 20, raw.slice(-500));
      return `exit code 3; ${raw.length} bytes in the log: ${lineWith(raw, /limit/).slice(0, 100)}`;
    }),
    row(
      "100 MB without a line break",
      "the log ends at its limit, the agent's memory does not grow with it",
      async ({ agent }) => {
        const before = process.memoryUsage().rss;
        const { job, raw } = await agent.run({ script: ["head -c 100000000 /dev/zero | tr '\\0' x", "exit 3"] });
        const grown = Math.round((process.memoryUsage().rss - before) / 2 ** 20);
        must(job.exitCode === 3 && raw.length < 5 * 2 ** 20 && grown < 300, `${grown} MiB, ${raw.slice(-300)}`);
        return "exit code 3, memory flat";
      },
    ),
    row(
      '"Job succeeded" printed in green by a script that fails',
      "the state says failed, and our own last line does",
      async (field) => {
        const { job, log } = await forged(field);
        must(job.state === "failed" && job.exitCode === 7, log);
        return log.trim().split("\n").at(-1) ?? "";
      },
    ),
    row(
      "forged section marks and time stamps",
      "they stay the script's text; the agent's own marks are balanced around them",
      async (field) => {
        const { raw } = await forged(field);
        const ours = [...raw.matchAll(/section_(start|end):\d{10}:step_script/g)].map(([, kind]) => kind);
        must(ours.join(" ") === "start end", raw);
        return "possible by design: a viewer cannot tell a script's marks from the agent's";
      },
    ),
    row(
      "OSC 52, titles, cursor movement, a reset of the terminal, in a script's output",
      "they are in the log as printed: what a viewer makes of them is the viewer's",
      async ({ agent }) => {
        const { raw } = await agent.run({
          script: ["printf '\\033]52;c;ZXZpbA==\\007\\033]0;title\\007\\033[2J\\033c\\n'"],
        });
        must(raw.includes("\u001b]52;c;ZXZpbA==\u0007"), raw);
        return "unchanged, as GitLab Runner leaves them; longshore exec shows none of it";
      },
    ),
    row(
      "bytes that are no UTF-8, NUL, and a secret around them",
      "the log is valid UTF-8, the secret masked",
      async ({ agent }) => {
        const { raw, job } = await agent.run({
          script: ["printf 'a\\377\\376\\000b %s c\\n' \"$SECRET\""],
          secrets: { SECRET: "s3cr3t-s3cr3t" },
        });
        must(job.state === "success" && !raw.includes("s3cr3t-s3cr3t\u0020c") && raw.includes("[MASKED] c"), raw);
        return lineWith(raw, /\[MASKED\] c/);
      },
    ),
  ],
};
