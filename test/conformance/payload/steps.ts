import { expect } from "vitest";
import { sectionsOf } from "../../support/job-log.ts";
import type { Case } from "../case.ts";
import { project } from "./project.ts";

const step = (name: string, ...script: string[]) => ({ name, script, timeout: 3600, when: "on_success" });

const unhooked = {
  script: ["echo it runs"],
  parts: { hooks: [{ name: "pre_get_sources_script", script: ["exit 8"] }] },
};

/** `steps[]` and `hooks[]`. */
export const stepCases: readonly Case[] = [
  {
    title: "every step is a stage of its own, in order, and after_script is the last",
    prove: async (world) => {
      const steps = [
        step("script", "echo first >file"),
        step("release", "cat file; echo second >>file"),
        step("after_script", "cat file"),
      ];
      const { log, raw, job } = await world.run({ script: [], parts: { steps } });
      expect(job.state).toBe("success");
      const scripts = sectionsOf(raw).filter((name) => name.startsWith("step_") || name === "after_script");
      expect(scripts).toEqual(["step_script", "step_release", "after_script"]);
      expect(log).toContain("\nfirst\nsecond\n");
    },
  },
  {
    title: "a step that fails leaves out those after it but for after_script",
    job: {
      script: [],
      parts: {
        steps: [
          step("script", "exit 4"),
          step("release", "echo never"),
          step("after_script", "echo after $CI_JOB_STATUS"),
        ],
      },
    },
    observed: {
      state: "failed",
      exitCode: 4,
      failureReason: "script_failure",
      log: ["\nafter failed\n"],
      absent: ["\nnever\n"],
    },
  },
  {
    title: "a failing release step fails the job with its exit code",
    job: { script: [], parts: { steps: [step("script", "true"), step("release", "exit 6")] } },
    observed: { state: "failed", exitCode: 6, failureReason: "script_failure" },
  },
  {
    title: "the commands of a release step have their variables replaced before any shell sees them",
    job: {
      script: [],
      parts: {
        variables: [{ key: "TAG", value: "v1", public: true }],
        steps: [step("script", "echo '$TAG'"), step("release", "echo '$TAG'")],
      },
    },
    observed: { log: ["$ echo '$TAG'\n$TAG\n", "$ echo 'v1'\nv1\n"] },
  },
  {
    title: "a step's own timeout, when and allow_failure change nothing",
    job: {
      script: [],
      parts: {
        steps: [
          { name: "script", script: ["sleep 1.2", "exit 5"], timeout: 1, when: "on_failure", allow_failure: true },
        ],
      },
    },
    observed: { state: "failed", exitCode: 5 },
  },
  {
    title: "a script without a line succeeds, and an empty after_script is no stage",
    prove: async (world) => {
      const { job, raw } = await world.run({ script: [], afterScript: [] });
      expect(job.state).toBe("success");
      expect(sectionsOf(raw)).not.toContain("after_script");
    },
  },
  {
    title: "hooks of the job and the admin's run around the sources, in the helper, the admin's outermost",
    config: { settings: 'pre_get_sources_script = "echo 1 >/hooked"\npost_get_sources_script = "cat /hooked"' },
    job: project.of({
      script: ["test ! -e /hooked && echo elsewhere"],
      parts: {
        hooks: [
          { name: "pre_get_sources_script", script: ["echo 2 >>/hooked"] },
          { name: "post_get_sources_script", script: ["echo 3 >>/hooked"] },
        ],
      },
    }),
    observed: { log: ["\n1\n2\n3\n", "\nelsewhere\n"] },
  },
  {
    title: "a hook that fails fails the job before its script",
    job: project.of({
      script: ["echo never"],
      parts: { hooks: [{ name: "post_get_sources_script", script: ["test -e in-it.txt && exit 8"] }] },
    }),
    observed: { state: "failed", absent: ["\nnever\n"] },
  },
  {
    title: "hooks around the sources are left out of a job that fetches none",
    job: { ...unhooked, variables: { GIT_STRATEGY: "none" } },
    observed: { log: ["\nit runs\n"] },
  },
  {
    title: "hooks around the sources are left out with GIT_STRATEGY empty, too",
    differs: "before version 18.2 it runs them",
    job: { ...unhooked, variables: { GIT_STRATEGY: "empty" } },
    observed: { log: ["\nit runs\n"] },
  },
  {
    title: "pre_build_script and post_build_script of the admin stand around the script, not around after_script",
    config: { settings: 'pre_build_script = "echo before; kept=yes"\npost_build_script = "echo behind $kept"' },
    job: { script: ["echo amid $kept"], afterScript: ["echo after"] },
    observed: { log: [/\nbefore\n[^]*\namid yes\n[^]*\nbehind yes\n[^]*\nafter\n/], absent: [/\nafter\n[^]*\nbehind/] },
  },
];
