import { describe, expect, it } from "vitest";
import { startTestAgent } from "../../support/agent.ts";
import { finished, scriptJob, startTestCoordinator } from "../../support/coordinator.ts";
import { connectEngine, containersOf, hostAddress, images } from "../../support/engine.ts";
import { createRepository } from "../../support/repository.ts";
import { faultsMet, killedAgent, shown } from "../../support/killed-agent.ts";
import { plainText } from "../../support/job-log.ts";

const numbers = (log: string, word: string) =>
  [...log.matchAll(new RegExp(`^${word} (\\d+)$`, "gm"))].map(([, number]) => Number(number));
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
/** Counts slowly enough to be killed on the way. */
const counting = (word: string, count: number) => `for i in $(seq 1 ${count}); do echo ${word} $i; sleep 0.05; done`;

describe("a job whose agent is killed", () => {
  it("while the script runs goes on in the next agent, without a byte lost or doubled", async () => {
    await using coordinator = await startTestCoordinator();
    await using killed = await killedAgent({ coordinator });
    killed.start();
    const job = await coordinator.addJob(
      scriptJob({
        script: [counting("line", 100), "echo 'an end without a newline' | tr -d '\\n'", "exit 3"],
        afterScript: ["echo after $CI_JOB_STATUS"],
      }),
    );
    await shown(coordinator, job.id, "line 20\n");
    await killed.kill();
    await using agent = await startTestAgent({ coordinator, directory: killed.directory });
    const { log } = await agent.ended(job);
    expect(numbers(log, "line")).toEqual(upTo(100));
    expect([job.state, job.failureReason, job.exitCode]).toEqual(["failed", "script_failure", 3]);
    expect(log).toContain("\nafter failed\n");
    expect(log).not.toContain("started anew");
    await agent.cleanedUp(job);
  });

  it("and whose script ends before there is another agent has its own exit code and all of its log", async () => {
    await using coordinator = await startTestCoordinator();
    await using killed = await killedAgent({ coordinator });
    killed.start();
    const job = await coordinator.addJob(scriptJob({ script: [counting("line", 60), "exit 4"] }));
    await shown(coordinator, job.id, "line 5\n");
    await killed.kill();
    const engine = connectEngine();
    const [build = ""] = await containersOf(engine, await killed.agentId(), job.id, "build");
    await engine.getContainer(build).wait();
    await using agent = await startTestAgent({ coordinator, directory: killed.directory });
    const { log } = await agent.ended(job);
    expect(numbers(log, "line")).toEqual(upTo(60));
    expect([job.state, job.exitCode]).toEqual(["failed", 4]);
    await agent.cleanedUp(job);
  });

  it("while its artifacts go up sends them again, and runs nothing else again", async () => {
    await using coordinator = await startTestCoordinator();
    await using killed = await killedAgent({ coordinator });
    killed.start();
    const job = await coordinator.addJob(
      scriptJob({
        script: ["mkdir out; for i in 1 2 3; do echo line $i; echo $i >>out/file; done"],
        artifacts: ["out"],
        cache: { key: "k", paths: ["out"] },
      }),
    );
    coordinator.faults.add({ endpoint: "upload-artifacts", fault: { kind: "hang" } });
    await faultsMet(coordinator);
    await killed.kill();
    await using agent = await startTestAgent({ coordinator, directory: killed.directory });
    const { log } = await agent.ended(job);
    expect([job.state, numbers(log, "line")]).toEqual(["success", upTo(3)]);
    expect(job.artifacts).toMatchObject([{ type: "archive" }]);
    expect(log.match(/Saving cache for successful job/g)).toHaveLength(1);
    expect(log.match(/it is done once more/g)).toHaveLength(1);
    const other = await agent.run({
      script: ["cat out/file"],
      parts: { dependencies: [coordinator.dependencyOn(job.id)] },
    });
    expect(other.log).toContain("\n1\n2\n3\n");
    await agent.cleanedUp(job);
  });

  it("in the middle of a secret hides it", async () => {
    await using coordinator = await startTestCoordinator();
    await using killed = await killedAgent({ coordinator });
    killed.start();
    const job = await coordinator.addJob(
      scriptJob({
        script: ["echo begins; printf 'it is do-not-'; sleep 3; printf 'show-this.\n'"],
        secrets: { SECRET: "do-not-show-this" },
      }),
    );
    await shown(coordinator, job.id, "begins\n");
    await killed.kill();
    await using agent = await startTestAgent({ coordinator, directory: killed.directory });
    const { log } = await agent.ended(job);
    expect(log).toContain("\nit is [MASKED].\n");
    await agent.cleanedUp(job);
  });

  it("while its sources come starts over", async () => {
    const address = await hostAddress(connectEngine());
    await using coordinator = await startTestCoordinator({ listen: [`${address}:0`] });
    await using repository = await createRepository();
    const sha = await repository.commit({ "file.txt": "content\n" });
    coordinator.serveRepository("group/project", repository.bare);
    await using killed = await killedAgent({ coordinator });
    killed.start();
    coordinator.faults.add({ endpoint: "git", fault: { kind: "hang" } });
    const job = await coordinator.addJob(({ token }) =>
      repository.jobParts(coordinator.url, token, sha, { script: ["cat file.txt"] }),
    );
    await faultsMet(coordinator);
    await killed.kill();
    await using agent = await startTestAgent({ coordinator, directory: killed.directory });
    const { log } = await agent.ended(job);
    expect([job.state, log]).toEqual(["success", expect.stringContaining("\ncontent\n")]);
    await agent.cleanedUp(job);
  });

  it("before its script begins starts over", async () => {
    await using coordinator = await startTestCoordinator();
    await using killed = await killedAgent({ coordinator });
    killed.start();
    const job = await coordinator.addJob(scriptJob({ script: [counting("line", 3)] }));
    await shown(coordinator, job.id, "Running with longshore");
    await killed.kill();
    await using agent = await startTestAgent({ coordinator, directory: killed.directory });
    const { log } = await agent.ended(job);
    expect(numbers(log, "line")).toEqual(upTo(3));
    expect(job.state).toBe("success");
    expect(log).toContain("the job begins from the start");
    await agent.cleanedUp(job);
  });

  it.each([
    { title: "runs it, and once", begins: 'exec "$@"', outcome: ["", 1] },
    {
      title: "fails with the system where that starts no shell of ours",
      begins: "exec sh",
      outcome: ["runner_system_failure", 0],
    },
  ])("while an entrypoint has got a part of the script alone $title", async ({ begins, outcome }) => {
    await using coordinator = await startTestCoordinator();
    await using killed = await killedAgent({ coordinator });
    killed.start();
    // More than pipes and sockets hold, for a program that reads none of it until the agent is gone.
    const script = [`: ${"x".repeat(4_000_000)}`, "echo ran"];
    const image = { name: images.base, entrypoint: ["sh", "-c", `echo it waits; sleep 4; ${begins}`, "-"] };
    const job = await coordinator.addJob(scriptJob({ script, parts: { image } }));
    await shown(coordinator, job.id, "it waits");
    await killed.kill();
    await using agent = await startTestAgent({ coordinator, directory: killed.directory });
    const { log } = await agent.ended(job);
    expect([job.failureReason, log.match(/^ran$/gm)?.length ?? 0]).toEqual(outcome);
    await agent.cleanedUp(job);
  });

  it("again and again ends as if nothing had been", async () => {
    await using coordinator = await startTestCoordinator();
    await using killed = await killedAgent({ coordinator });
    killed.start();
    const job = await coordinator.addJob(
      scriptJob({ script: [counting("line", 80)], afterScript: [counting("after", 60)] }),
    );
    for (const text of ["line 10\n", "line 50\n", "after 10\n"]) {
      await shown(coordinator, job.id, text);
      await killed.kill();
      killed.start();
    }
    const { log: raw } = await finished(coordinator, job);
    const log = plainText(raw);
    expect(numbers(log, "line")).toEqual(upTo(80));
    expect(numbers(log, "after")).toEqual(upTo(60));
    expect(job.state).toBe("success");
    await killed.kill();
    await using agent = await startTestAgent({ coordinator, directory: killed.directory });
    await agent.cleanedUp(job);
  });
});
