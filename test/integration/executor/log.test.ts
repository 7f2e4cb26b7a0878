import { describe, expect, it } from "vitest";
import { sectionsOf } from "../../support/job-log.ts";
import { sharedAgent } from "../../support/shared-agent.ts";

const { agent, coordinator } = sharedAgent({
  concurrent: 3,
  runners: [
    { settings: "output_limit = 65536" },
    { tag: "small", settings: "output_limit = 8" },
    { tag: "stamped", flags: "" },
  ],
});

const sectionMark = /section_(?:start|end):\d+:/;

describe.concurrent("the log", () => {
  it("holds 20 MiB of output byte for byte", async () => {
    const last = 2_800_000;
    const { job, raw } = await agent().run({ script: [`seq 1 ${last}`, "echo the end"] });
    expect(job.state).toBe("success");
    const begin = raw.indexOf("\n1\n") + 1;
    const output = raw.slice(begin, raw.indexOf("\u001B[32;1m$ echo the end"));
    expect(output.length).toBeGreaterThan(20 * 2 ** 20);
    // Not toBe: nobody wants to read the difference.
    expect(output === Array.from({ length: last }, (_, index) => `${index + 1}\n`).join("")).toBe(true);
  });

  it("shows what is not UTF-8 as U+FFFD, and the rest as it was", async () => {
    const { log } = await agent().run({
      script: ["printf 'a\\377\\376b\\n\\303\\244\\360\\237\\230\\200 \\303'; printf '\\244\\n'"],
    });
    expect(log).toMatch(/\na\uFFFD{1,2}b\nä😀 ä\n/);
  });

  it("hides a secret that arrives in pieces", async () => {
    const secret = "swordfish-0123456789";
    const { raw } = await agent().run({
      script: [
        "printf 'begin:swordf'; sleep 0.5; printf 'ish-01'; sleep 0.5; printf '23456789:end\\n'",
        "printf 'swordfish-01234'; echo",
      ],
      secrets: { SECRET: secret },
    });
    expect(raw).not.toContain(secret);
    expect(raw).toContain("begin:[MASKED]:end\n");
    expect(raw).toMatch(/\nswordfish-01234\r?\n/);
  });

  it("is cut at output_limit and says so; the job goes on, and its end is shown", async () => {
    const { job, log } = await agent().run({ script: ["seq 1 100000", "true"] }, "small");
    expect(job.state).toBe("success");
    expect(log).toMatch(/Job's log exceeded limit of 8192 bytes/);
    expect(log).toMatch(/\d+ bytes of the log are left out here[^]*\n100000\n\$ true\n[^]*Job succeeded\n$/);
    expect(Buffer.byteLength(log)).toBeLessThan(10_000 + 256 * 1024);
  });

  it("has GitLab Runner's sections, in its order, none inside another", async () => {
    const artifacts = await agent().run({ script: ["echo x >file"], artifacts: ["file"] });
    const full = await agent().run({
      script: ["mkdir -p kept; cp file kept/"],
      afterScript: ["true"],
      artifacts: ["file"],
      cache: { key: "sections", paths: ["kept"] },
      parts: { dependencies: [coordinator().dependencyOn(artifacts.job.id)] },
    });
    expect(full.job.state).toBe("success");
    expect(sectionsOf(full.raw)).toEqual([
      "prepare_executor",
      "prepare_script",
      "get_sources",
      "restore_cache",
      "download_artifacts",
      "step_script",
      "after_script",
      "archive_cache",
      "upload_artifacts_on_success",
    ]);
  });

  it("has no sections for a coordinator that doesn't fold them", async () => {
    const { raw } = await agent().run({ script: ["true"], parts: { features: { trace_sections: false } } });
    expect(raw).not.toMatch(sectionMark);
    expect(raw).toContain('Executing "step_script" stage of the job script');
  });

  it("has a time stamp and its stream's name before every line unless FF_TIMESTAMPS is off", async () => {
    const script = ["echo to stdout", "echo to stderr >&2"];
    const [stamped, bare] = await Promise.all([agent().run({ script }, "stamped"), agent().run({ script })]);
    const lines = stamped.raw.trimEnd().split("\n");
    expect(lines.filter((line) => !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z (?:00|01)[OE][ +]/.test(line))).toEqual([]);
    expect(stamped.raw).toMatch(/Z 01O to stdout\n/);
    expect(stamped.raw).toMatch(/Z 01E to stderr\n/);
    expect(bare.raw).toMatch(/\nto stdout\n/);
    // One stream may overtake the other, no line itself.
    expect(stamped.log).toContain("\nto stdout\n");
  });
});
