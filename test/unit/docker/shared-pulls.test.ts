import { describe, expect, it } from "vitest";
import { SharedPulls } from "../../../src/docker/shared-pulls.ts";

/** A pull that ends when it is told to, and knows how often it was begun and whether it was stopped. */
function slowPull() {
  const gate = Promise.withResolvers<void>();
  const pull = {
    begun: 0,
    stopped: false,
    end: gate.resolve,
    fail: gate.reject,
    begin: (signal: AbortSignal) => {
      pull.begun += 1;
      signal.addEventListener("abort", () => (pull.stopped = true));
      return gate.promise;
    },
  };
  return pull;
}

const job = () => new AbortController();

describe("pulls of one daemon", () => {
  it("are one for all who want the same at one time", async () => {
    const pulls = new SharedPulls();
    const pull = slowPull();
    const all = [1, 2, 3].map(() => pulls.join("app", pull.begin, job().signal));
    expect(pulls.has("app")).toBe(true);
    pull.end();
    await Promise.all(all);
    expect(pull.begun).toBe(1);
    expect(pulls.has("app")).toBe(false);
  });

  it("are apart for other images, platforms and logins", async () => {
    const pulls = new SharedPulls();
    const pull = slowPull();
    const all = ["app", "app with a login"].map((key) => pulls.join(key, pull.begin, job().signal));
    pull.end();
    await Promise.all(all);
    expect(pull.begun).toBe(2);
  });

  it("fail for all who wait, and begin anew for who comes then", async () => {
    const pulls = new SharedPulls();
    const pull = slowPull();
    const all = [1, 2].map(() => pulls.join("app", pull.begin, job().signal));
    pull.fail(new Error("denied"));
    expect(await Promise.allSettled(all)).toMatchObject([
      { reason: { message: "denied" } },
      { reason: { message: "denied" } },
    ]);
    await pulls.join("app", async () => {}, job().signal);
  });

  it("go on when one of those who wait is cancelled, who hears of it at once", async () => {
    const pulls = new SharedPulls();
    const pull = slowPull();
    const cancelled = job();
    const [first, second] = [cancelled.signal, job().signal].map((signal) => pulls.join("app", pull.begin, signal));
    cancelled.abort(new Error("cancelled"));
    await expect(first).rejects.toThrow("cancelled");
    expect(pull.stopped).toBe(false);
    pull.end();
    await second;
  });

  it("are stopped when nobody waits any more, and whoever comes next begins anew", async () => {
    const pulls = new SharedPulls();
    const pull = slowPull();
    const cancelled = job();
    const waiting = pulls.join("app", pull.begin, cancelled.signal);
    cancelled.abort(new Error("cancelled"));
    await expect(waiting).rejects.toThrow("cancelled");
    expect(pull.stopped).toBe(true);
    await pulls.join("app", async () => {}, job().signal);
    expect(pulls.has("app")).toBe(false);
  });

  it("are not begun for a job that is over", async () => {
    const pull = slowPull();
    const over = AbortSignal.abort(new Error("over"));
    await expect(new SharedPulls().join("app", pull.begin, over)).rejects.toThrow("over");
    expect(pull.begun).toBe(0);
  });
});
