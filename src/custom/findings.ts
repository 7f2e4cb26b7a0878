import { Daemons } from "../daemon/daemons.ts";
import { explanationsOf } from "../executor/explanations.ts";
import { closingReport } from "../explain/report.ts";
import type { JobOutcome } from "../job/outcome.ts";
import type { JobPlan } from "../job/plan.ts";
import { KnownSecrets } from "../support/known-secrets.ts";
import { createLog } from "../support/log.ts";
import { OutputTail } from "../trace/output-tail.ts";
import type { DriverCall } from "./driver.ts";
import type { SessionFacts } from "./session.ts";

const connectLimitMs = 5_000;

/** Why the job failed, and what to change, as lines for its log. Never rejects. */
export async function findingsOf(
  call: Pick<DriverCall, "say">,
  facts: Pick<SessionFacts, "jobId" | "docker">,
  plan: JobPlan | null,
  end: { readonly outcome: JobOutcome; readonly error: unknown; readonly output?: OutputTail },
): Promise<string[]> {
  const { outcome, error, output = new OutputTail() } = end;
  const secrets = new KnownSecrets();
  secrets.set("job", plan?.masks ?? []);
  const hide = (text: string) => secrets.hide(text);
  const daemon = await new Daemons().get(facts.docker, AbortSignal.timeout(connectLimitMs)).catch(() => null);
  const log = createLog({ level: "error", format: "runner", write: (line) => call.say(line.trimEnd()), colour: false });
  const explanations = await explanationsOf(
    { log },
    {
      jobId: facts.jobId,
      outcome,
      error,
      daemon,
      hide,
      plan,
      output: {
        lines: () => output.lines().map(hide),
        isWhole: () => output.isWhole(),
        succeeded: output.succeeded,
      },
    },
  );
  return closingReport(outcome.state === "failed" ? outcome.hint : "", explanations);
}
