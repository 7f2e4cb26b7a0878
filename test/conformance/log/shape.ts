import { expect } from "vitest";
import { images } from "../../support/engine.ts";
import type { Case } from "../case.ts";

const stamp = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z`;
const stamped = { flags: "FF_TIMESTAMPS = true" };
const unset = { flags: "" };
const both = "echo 'a command'\necho 'of two lines'";

export const shape: readonly Case[] = [
  {
    title:
      "with FF_SCRIPT_SECTIONS a command of several lines is shown whole, in a collapsed section; others have none",
    prove: async (world) => {
      const { raw } = await world.run({
        script: ["echo one", both, "echo three"],
        afterScript: [both],
        variables: { FF_SCRIPT_SECTIONS: "true" },
      });
      const marks = [...raw.matchAll(/section_start:\d+:(section_\S*?)\r/g)].map(([, name]) => name);
      const options = "[hide_duration=true,collapsed=true]";
      expect(marks).toEqual([`section_script_step_1${options}`, `section_after_script_step_0${options}`]);
      expect(raw).toMatch(/section_script_step_1[^\r]*\r.{11}\$ echo 'a command'\necho 'of two lines'/);
      expect(raw.match(/section_end:\d+:section_script_step_1\r/g)).toHaveLength(1);
    },
  },
  {
    title:
      "without FF_SCRIPT_SECTIONS, or for a coordinator that folds no sections, the first line of a command is shown",
    prove: async (world) => {
      const [bare, flat] = await Promise.all([
        world.run({ script: [both] }),
        world.run({
          script: [both],
          variables: { FF_SCRIPT_SECTIONS: "true" },
          parts: { features: { trace_sections: false } },
        }),
      ]);
      for (const { log, raw } of [bare, flat]) {
        expect(log).toContain("$ echo 'a command' # collapsed multi-line command\na command\nof two lines\n");
        expect(raw).not.toContain("section_script_step");
      }
      expect(flat.raw).not.toContain("section_start");
    },
  },
  {
    title: "with FF_TIMESTAMPS each line says when it came and from which stream; what goes on with a line has a `+`",
    config: stamped,
    prove: async (world) => {
      const { raw } = await world.run({
        script: ["echo out", "echo err >&2", "printf 'progress 1\\r'; sleep 0.3; echo 'progress 2'"],
      });
      const lines = raw.trimEnd().split("\n");
      const isStamped = new RegExp(`^${stamp} (?:00O|01O|01E)[ +]`);
      expect(lines.filter((line) => !isStamped.test(line))).toEqual([]);
      expect(raw).toMatch(new RegExp(`\n${stamp} 01O out\n`));
      expect(raw).toMatch(new RegExp(`\n${stamp} 01E err\n`));
      expect(raw).toMatch(new RegExp(`\n${stamp} 01O progress 1\r\n`));
      expect(raw).toMatch(new RegExp(`\n${stamp} 01O\\+progress 2\n`));
      expect(raw).toMatch(new RegExp(`\n${stamp} 00O[ +][^\n]*Job succeeded`));
    },
  },
  {
    title: "what is printed of a line is given out in parts when it is more than 8 KiB",
    config: stamped,
    prove: async (world) => {
      const { raw, log } = await world.run({ script: ["head -c 20000 /dev/zero | tr '\\0' x; sleep 0.5; echo end"] });
      expect(raw).toMatch(new RegExp(`${stamp} 01O x+\n(?:${stamp} 01O\\+x+\n)*${stamp} 01O\\+x*end\n`));
      expect(log.replaceAll("\n", "").match(/x{1000,}/)?.[0]).toHaveLength(20_000);
    },
  },
  {
    title: "FF_TIMESTAMPS=false leaves the lines as they are",
    config: unset,
    prove: async (world) => {
      const { raw } = await world.run({ script: ["echo bare"], variables: { FF_TIMESTAMPS: "false" } });
      expect(raw).toContain("\nbare\n");
    },
  },
  {
    title: "a masked value of several lines is hidden before the lines are stamped",
    config: stamped,
    prove: async (world) => {
      const { raw } = await world.run({ script: ['echo "<$KEY>"'], secrets: { KEY: "line-one\nline-two" } });
      expect(raw).toMatch(new RegExp(`${stamp} 01O <\\[MASKED\\]>\n`));
    },
  },
  {
    title: "bytes that are not UTF-8 become U+FFFD",
    job: { script: ["printf 'a\\377\\376b\\n\\303\\244\\360\\237\\230\\200 \\303'; printf '\\244\\n'"] },
    observed: { log: [/\na\uFFFD{1,2}b\nä😀 ä\n/] },
  },
  {
    title: "the runner's own lines have GitLab Runner's colours",
    prove: async (world) => {
      const [good, bad] = await Promise.all([
        world.run({ script: ["true"], artifacts: ["none"] }),
        world.run({ script: ["false"] }),
      ]);
      expect(good.raw).toContain('\u001B[0K\u001B[36;1mExecuting "step_script" stage of the job script\u001B[0;m');
      expect(good.raw).toContain("\u001B[32;1m$ true\u001B[0;m\n");
      expect(good.raw).toContain("\u001B[0;33mWARNING: none: no matching files");
      expect(good.raw).toContain("\u001B[32;1mJob succeeded\u001B[0;m");
      expect(bad.raw).toContain("\u001B[31;1mERROR: Job failed: exit code 1");
    },
  },
  {
    title: "below the first line stand the feature flags that are not at their defaults",
    job: { script: ["true"], variables: { FF_NETWORK_PER_BUILD: "true", FF_ENABLE_BASH_EXIT_CODE_CHECK: "1" } },
    observed: { log: [/\n {2}feature flags: .*FF_NETWORK_PER_BUILD:true, FF_ENABLE_BASH_EXIT_CODE_CHECK:true/] },
  },
  {
    title: "CI_DEBUG_TRACE shows the script's commands as the shell runs them, masked",
    job: {
      script: ['X="$SECRET"; echo "$X" | wc -c'],
      variables: { CI_DEBUG_TRACE: "true" },
      secrets: { SECRET: "plain-secret-22" },
    },
    observed: { log: [/\n\++ X=\[MASKED\]/, /\n\++ wc -c\n/], absent: [/plain-secret/] },
  },
  {
    title: "a script, and an after_script, whose time is over is told of together with what governs that",
    job: {
      image: images.base,
      script: ["sleep 30"],
      afterScript: ["sleep 30"],
      variables: { RUNNER_SCRIPT_TIMEOUT: "1s", RUNNER_AFTER_SCRIPT_TIMEOUT: "1s" },
    },
    observed: {
      state: "failed",
      log: [
        /WARNING: step_script could not run to completion because the timeout was exceeded\. .* see: https:\/\//,
        /WARNING: after_script could not run to completion because the timeout was exceeded\. .* see: https:\/\//,
      ],
    },
  },
  {
    title: "so is a stage that the job's own timeout ends",
    job: { script: ["sleep 60"], timeout: 4 },
    observed: {
      state: "failed",
      log: [/WARNING: \w+ could not run to completion because the timeout was exceeded/],
    },
  },
];
