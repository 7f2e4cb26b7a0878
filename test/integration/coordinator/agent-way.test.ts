import "../../support/paper-world.ts";
import dns from "node:dns";
import { afterAll, describe, expect, it, vi } from "vitest";
import { startTestCoordinator } from "../../support/coordinator.ts";
import { allLines, startPaperAgent } from "../../support/paper-agent.ts";
import { authority } from "../../unit/coordinator/certificates.ts";
import type { FaultScene } from "./fault-scenes.ts";
import { row, sitOut, tableHead } from "./sit-out.ts";

const ours = await authority("Ours");
const theirs = await authority("Theirs");
const tls = { certificate: await ours.issue(), ca: ours.cert };
const expired = await ours.issue({ fromDays: -3, toDays: -2 });
const early = await ours.issue({ fromDays: 2, toDays: 3 });
const strange = await theirs.issue();
let lookup: { mockRestore(): void } | null = null;

const scenes: readonly (FaultScene & { readonly says: RegExp })[] = [
  { name: "TLS: expired", says: /has expired by this/, tls, begin: (_, front) => front.present(expired) },
  { name: "TLS: not yet valid", says: /not yet valid/, tls, begin: (_, front) => front.present(early) },
  { name: "TLS: another authority", says: /unknown authority/, tls, begin: (_, front) => front.present(strange) },
  {
    name: "DNS: no such host",
    says: /no such host/,
    tls,
    begin: (_, front) => {
      front.refuse();
      lookup = vi
        .spyOn(dns, "lookup")
        .mockImplementation(((host: string, _options: unknown, done: Function) =>
          done(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: "ENOTFOUND" }))) as never);
    },
    end: () => lookup?.mockRestore(),
  },
];
const table: string[] = [];

describe("a fault on the way to the coordinator", () => {
  it.each(scenes)("$name: polling resumes within 30 s, every byte and result arrives once", async (scene) => {
    const satOut = await sitOut(scene);
    table.push(row(scene.name, satOut));
    expect(satOut).toMatchObject({ ends: [["failed", 3], ["success", 0]], areWhole: [true, true], journals: [] }); // prettier-ignore
    expect(satOut.polledMs).toBeLessThanOrEqual(30_000);
    expect(satOut.log).toMatch(scene.says);
    expect(satOut.log).not.toMatch(/unhealthy|fault of the agent/);
  });

  afterAll(() => console.log([tableHead, ...table].join("\n")));
});

describe("a token that is revoked", () => {
  it("makes its entry unhealthy after three refusals, and given back it is found at the end of unhealthy_interval", async () => {
    await using coordinator = await startTestCoordinator({ longPollMs: 5 });
    await using agent = await startPaperAgent({ coordinator, settings: 'unhealthy_interval = "10m"' });
    const { clock } = agent;
    await clock.passUntil(60_000);
    coordinator.faults.add({ endpoint: "request-job", times: Infinity, fault: { kind: "status", status: 403 } });
    await clock.passUntil(120_000);
    expect(agent.lines.join("")).toContain("Runner is unhealthy and asks for no jobs until");
    coordinator.faults.clear();
    const job = await agent.add({ lines: 1, everySeconds: 1 });
    expect(await clock.pass(9 * 60_000, () => job.finished)).toBe(false);
    expect(await clock.pass(2 * 60_000, () => job.finished)).toBe(true);
  });

  it("ends a running job at once, which is then nobody's, and lets no other suffer", async () => {
    await using coordinator = await startTestCoordinator({ longPollMs: 5 });
    await using agent = await startPaperAgent({ coordinator });
    const { clock } = agent;
    const script = { lines: 30, everySeconds: 10 };
    const [job, other] = [await agent.add(script), await agent.add(script)];
    await clock.passUntil(60_000);
    for (const endpoint of ["patch-trace", "update-job"] as const) {
      const fault = { kind: "status", status: 403 } as const;
      coordinator.faults.add({ endpoint, jobId: job.id, times: Infinity, fault });
    }
    expect(await clock.pass(15_000, () => agent.handle.jobs() === 1)).toBe(true);
    expect(await clock.pass(600_000, () => other.finished)).toBe(true);
    expect(await agent.printed(other)).toEqual(allLines(other, script));
    expect(agent.lines.join("")).toMatch(new RegExp(`job ${job.id} ended .*delivery=aborted`));
    await clock.pass(60_000);
    expect(await agent.journals()).toEqual([]);
  });
});
