import { describe, expect, it } from "vitest";
import { images } from "../../support/engine.ts";
import { findingsOf } from "../../support/findings.ts";
import { sharedAgent } from "../../support/shared-agent.ts";

const { agent, coordinator } = sharedAgent({
  runners: [{}, { tag: "small", docker: 'memory = "64m"' }, { tag: "stamped", flags: "FF_TIMESTAMPS = true" }],
});

describe.concurrent("why a job failed", () => {
  it("stands between its output and its last line, in the agent's log as JSON, and instead of another hint", async () => {
    const { job, log } = await agent().run({ image: images.base, script: ["no-such-command"] });
    expect(findingsOf(log)).toEqual(["command-not-found"]);
    expect(log).toMatch(
      /\nWhy it failed: .*no-such-command.*\n {2}seen: .*\n(?: {2}.*\n)+ERROR: Job failed: exit code 127\n/,
    );
    expect(log).not.toContain("What to do:");
    const line = agent().lines.find((each) => each.includes(`job=${job.id} finding=`)) ?? "";
    expect(JSON.parse(/finding=(\{.*\})/.exec(line)?.[1] ?? "")).toMatchObject({ rule: "command-not-found" });
  });

  it("holds no secret, neither in the log nor in the agent's", async () => {
    const secret = "s3cr3t-v4lue-of-a-job";
    const { job, raw } = await agent().run({ image: images.base, script: ['"$TOOL"'], secrets: { TOOL: secret } });
    expect(raw).toContain("[MASKED]");
    expect(raw).not.toContain(secret);
    const lines = agent().lines.filter((each) => each.includes(`job=${job.id}`));
    expect(lines.some((line) => line.includes("command-not-found"))).toBe(true);
    expect(lines.join("")).not.toContain(secret);
  });

  it("is told by the script's own output, not by after_script's or by what was said before it", async () => {
    const { log } = await agent().run({ image: images.base, script: ["exit 127"], afterScript: ["also-missing"] });
    expect(log).toContain("also-missing");
    expect(findingsOf(log)).toEqual([]);
  });

  it("is memory also where the shell outlived what was killed", async () => {
    const job = { image: images.base, script: ["tail /dev/zero || exit 3"], afterScript: ["true"] };
    const { log } = await agent().run(job, "small");
    expect(log).toContain("ERROR: Job failed: exit code 3");
    expect(findingsOf(log)).toEqual(["out-of-memory"]);
  });

  it("holds no part of a secret that a service printed where a line is cut", async () => {
    const secret = "S3cr3tTokenValue-ABCDEFGHIJKLMNOP";
    const { job, raw, log } = await agent().run({
      image: images.docker,
      script: ["echo db is not known: could not connect to server: Connection refused: db:5432; exit 1"],
      secrets: { DB_PASS: secret },
      parts: {
        services: [
          {
            name: images.base,
            alias: "db",
            command: [
              "sh",
              "-c",
              `echo "FATAL: password authentication failed for postgres://application-user-of-db:${secret}@db/app"; exit 1`,
            ],
          },
        ],
      },
    });
    expect(findingsOf(log)).toEqual(["service-died"]);
    for (const text of [raw, ...agent().lines.filter((each) => each.includes(`job=${job.id}`))])
      expect(text).not.toContain("S3cr3tTok");
  });

  it("is what the script ended of, though after_script ran in the same container since", async () => {
    const { log } = await agent().run(
      { image: images.base, script: ["exec tail /dev/zero"], afterScript: ["true"] },
      "small",
    );
    expect(findingsOf(log)).toEqual(["out-of-memory"]);
  });

  it("is not looked for in the output of a script that did all it was to do", async () => {
    const missing = { image: images.base, script: ["echo 'sh: no-such: not found'"], afterScript: ["exit 127"] };
    const variables = { AFTER_SCRIPT_IGNORE_ERRORS: "false" };
    const { log } = await agent().run({ ...missing, variables });
    expect(log).toContain("ERROR: Job failed: exit code 127");
    expect(findingsOf(log)).toEqual([]);
  });

  it("is found under time stamps and colours as well", async () => {
    const { log } = await agent().run(
      { image: images.base, script: ["printf '\\033[31m'; no-such-command"] },
      "stamped",
    );
    expect(log).toContain("[command-not-found]");
  });

  it("is nobody's business when somebody cancelled the job", async () => {
    const started = await agent().start({ image: images.base, script: ["echo running", "sleep 300; no-such-command"] });
    await agent().shows(started, "running\n");
    coordinator().cancel(started.id);
    const { job, log } = await agent().ended(started);
    expect(job.state).toBe("canceled");
    expect(log).not.toContain("Why it failed");
  });
});
