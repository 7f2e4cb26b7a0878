import { describe, expect, it } from "vitest";
import {
  artifactSources,
  decideNode,
  type Decision,
  type GraphNode,
  type RunState,
} from "../../../../src/coordinator/embedded/pipeline-graph.ts";
import type { JobWhen, PipelineJob } from "../../../../src/pipeline/pipeline.ts";
import { pipelineJob } from "./pipeline-job.ts";

const stages = ["build", "test", "deploy"];

function node(
  name: string,
  stage: string,
  state: RunState,
  job: Partial<PipelineJob> = {},
  forgiven = false,
): GraphNode {
  return { job: pipelineJob({ name, stage, ...job }), state, forgiven };
}

const need = (job: string, artifacts = true) => ({ job, artifacts, optional: false });

describe("decideNode, by stages", () => {
  const cases: [when: JobWhen, before: RunState[], decision: Decision][] = [
    ["on_success", [], "start"],
    ["on_success", ["success", "success"], "start"],
    ["on_success", ["success", "running"], "wait"],
    ["on_success", ["success", "queued"], "wait"],
    ["on_success", ["success", "scheduled"], "wait"],
    ["on_success", ["success", "failed"], "skip"],
    ["on_success", ["skipped", "skipped"], "start"],
    ["on_success", ["canceled", "success"], "skip"],
    ["on_failure", ["success"], "skip"],
    ["on_failure", ["failed", "success"], "start"],
    ["on_failure", ["failed", "running"], "wait"],
    ["always", ["failed"], "start"],
    ["always", ["canceled"], "start"],
    ["always", ["running"], "wait"],
    ["manual", ["success"], "manual"],
    ["manual", ["failed"], "skip"],
    ["delayed", ["success"], "start"],
    ["delayed", ["failed"], "skip"],
  ];
  it.each(cases)("with when %s after %j decides %s", (when, before, decision) => {
    const earlier = before.map((state, index) => node(`b${index}`, "build", state));
    const own = node("own", "test", "created", { when });
    expect(decideNode(own, [...earlier, own], stages)).toBe(decision);
  });

  it("takes a forgiven failure for a success", () => {
    const own = node("own", "test", "created");
    const soft = node("soft", "build", "failed", {}, true);
    expect(decideNode(own, [soft, own], stages)).toBe("start");
  });

  it("does not look at its own stage or later ones", () => {
    const own = node("own", "test", "created");
    const others = [node("sibling", "test", "failed"), node("later", "deploy", "created")];
    expect(decideNode(own, [...others, own], stages)).toBe("start");
  });

  it("passes an optional manual job and waits for one that blocks", () => {
    const own = node("own", "test", "created");
    const optional = node("m", "build", "manual", { when: "manual", allowFailure: true });
    const blocking = node("m", "build", "manual", { when: "manual", allowFailure: false });
    expect(decideNode(own, [optional, own], stages)).toBe("start");
    expect(decideNode(own, [blocking, own], stages)).toBe("wait");
  });
});

describe("decideNode, by needs", () => {
  const own = node("own", "deploy", "created", { needs: [need("a"), need("p")] });

  it("looks at the needed jobs alone, each instance of a parallel one included", () => {
    const p1 = node("p 1/2", "build", "success", { baseName: "p" });
    const p2 = (state: RunState) => node("p 2/2", "build", state, { baseName: "p" });
    const rest = [node("a", "test", "success"), node("other", "test", "running"), p1];
    expect(decideNode(own, [...rest, p2("running"), own], stages)).toBe("wait");
    expect(decideNode(own, [...rest, p2("success"), own], stages)).toBe("start");
  });

  it("starts at once with an empty list", () => {
    const eager = node("eager", "deploy", "created", { needs: [] });
    expect(decideNode(eager, [node("a", "build", "running"), eager], stages)).toBe("start");
  });

  it("skips when a needed job was skipped", () => {
    const nodes = [node("a", "build", "success"), node("p", "build", "skipped"), own];
    expect(decideNode(own, nodes, stages)).toBe("skip");
  });

  it("waits for a needed manual job, optional or not", () => {
    const nodes = [node("a", "build", "success"), node("p", "build", "manual", { allowFailure: true }), own];
    expect(decideNode(own, nodes, stages)).toBe("wait");
  });
});

describe("artifactSources", () => {
  const nodes = [node("a", "build", "success"), node("b", "build", "success"), node("c", "test", "success")];
  const names = (job: Partial<PipelineJob>) =>
    artifactSources(pipelineJob({ name: "own", stage: "deploy", ...job }), nodes, stages).map((one) => one.job.name);

  it("is every job of the stages before", () => {
    expect(names({})).toEqual(["a", "b", "c"]);
    expect(names({ stage: "test" })).toEqual(["a", "b"]);
  });

  it("is what dependencies name, which may be nothing", () => {
    expect(names({ dependencies: ["b"] })).toEqual(["b"]);
    expect(names({ dependencies: [] })).toEqual([]);
  });

  it("is the needed jobs whose artifacts are wanted", () => {
    expect(names({ needs: [need("a"), need("c", false)] })).toEqual(["a"]);
    expect(names({ needs: [need("a"), need("c")], dependencies: ["c"] })).toEqual(["c"]);
  });
});
