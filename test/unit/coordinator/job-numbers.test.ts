import fc from "fast-check";
import { expect, it } from "vitest";
import { JobNumbering } from "../../../src/coordinator/job-numbers.ts";

it("gives each job the lowest number that no running job of its entry, and of its project, has", () => {
  const numbering = new JobNumbering();
  const first = numbering.take("a", 1);
  expect(first.numbers).toEqual({ runner: 0, project: 0 });
  expect(numbering.take("a", 2).numbers).toEqual({ runner: 1, project: 0 });
  expect(numbering.take("a", 1).numbers).toEqual({ runner: 2, project: 1 });
  expect(numbering.take("b", 1).numbers).toEqual({ runner: 0, project: 0 });
  first.release();
  expect(numbering.take("a", 3).numbers).toEqual({ runner: 0, project: 0 });
  expect(numbering.take("a", 1).numbers).toEqual({ runner: 3, project: 0 });
});

it("leaves room for the numbers of jobs from before a restart", () => {
  const numbering = new JobNumbering();
  numbering.take("a", 1, { runner: 1, project: 0 });
  expect(numbering.take("a", 1).numbers).toEqual({ runner: 0, project: 1 });
  expect(numbering.take("a", 1).numbers).toEqual({ runner: 2, project: 2 });
});

it("never has one number twice, and gives all back", () => {
  const action = fc.record({ take: fc.boolean(), which: fc.nat(20), project: fc.nat(2) });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const numbering = new JobNumbering();
      const running: { project: number; job: ReturnType<JobNumbering["take"]> }[] = [];
      for (const { take, which, project } of actions) {
        if (take) running.push({ project, job: numbering.take("a", project) });
        else running.splice(which % Math.max(running.length, 1), 1)[0]?.job.release();
        const runner = running.map(({ job }) => job.numbers.runner);
        const perProject = running.map((each) => `${each.project}/${each.job.numbers.project}`);
        expect(new Set(runner).size).toBe(running.length);
        expect(new Set(perProject).size).toBe(running.length);
        expect(numbering.running("a")).toBe(running.length);
      }
    }),
  );
});
