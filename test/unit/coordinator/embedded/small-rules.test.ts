import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { isKnownArtifact } from "../../../../src/coordinator/embedded/artifact-types.ts";
import { cacheKey } from "../../../../src/coordinator/embedded/cache-key.ts";
import { parseDotenvReport } from "../../../../src/coordinator/embedded/dotenv.ts";
import { mayRun } from "../../../../src/coordinator/embedded/job-store.ts";
import { parseListenAddress, urlOf } from "../../../../src/coordinator/embedded/listen.ts";
import { isFailureAllowed, shouldRetry } from "../../../../src/coordinator/embedded/retry-rule.ts";
import { selectJobs } from "../../../../src/coordinator/embedded/select-jobs.ts";
import { projectPathOf, slug } from "../../../../src/coordinator/embedded/slug.ts";
import { pipelineJob } from "./pipeline-job.ts";

describe("shouldRetry", () => {
  const failure = { reason: "script_failure", exitCode: 3 };
  const retry = (max: number, when: string[] = [], exitCodes: number[] = []) => ({ max, when, exitCodes });
  it.each([
    ["no attempts left", retry(0), 1, false],
    ["any reason", retry(1), 1, true],
    ["the last attempt", retry(1), 2, false],
    ["always", retry(2, ["always"]), 2, true],
    ["the reason", retry(1, ["script_failure"]), 1, true],
    ["another reason", retry(1, ["runner_system_failure"]), 1, false],
    ["the exit code", retry(1, [], [3]), 1, true],
    ["another exit code", retry(1, [], [4]), 1, false],
    ["reason or exit code", retry(1, ["runner_system_failure"], [3]), 1, true],
  ])("with %s", (_, rule, attempts, expected) => {
    expect(shouldRetry(rule, attempts, failure)).toBe(expected);
  });
});

describe("isFailureAllowed", () => {
  it.each([
    [true, 1, true],
    [false, 1, false],
    [[3, 4], 4, true],
    [[3, 4], 1, false],
  ])("with %j and exit code %i is %s", (allow, code, expected) => {
    expect(isFailureAllowed(allow, code)).toBe(expected);
  });
});

describe("cacheKey", () => {
  const cache = { paths: [], untracked: false, policy: "", when: "always" as const, fallbackKeys: [] };
  const ids = new Map([
    ["a", "1"],
    ["b", "2"],
  ]);
  const key = (text: string, keyFiles: string[], known = ids) =>
    cacheKey({ ...cache, key: text, keyFiles }, (path) => known.get(path) ?? null, false);

  it("keeps a plain key and sets protected branches apart", () => {
    expect(key("k", [])).toBe("k-non_protected");
    expect(cacheKey({ ...cache, key: "k", keyFiles: [] }, () => null, true)).toBe("k-protected");
  });

  it("changes with the files' contents, and only with them", () => {
    expect(key("p", ["a", "b"])).toMatch(/^p-[0-9a-f]{40}-non_protected$/);
    expect(key("p", ["a", "b"])).toBe(key("p", ["a", "b"], new Map([...ids, ["c", "3"]])));
    expect(key("p", ["a", "b"])).not.toBe(key("p", ["a", "b"], new Map([...ids, ["b", "3"]])));
  });

  it("is default when none of the files is there", () => {
    expect(key("", ["x"])).toBe("default-non_protected");
    expect(key("p", ["x"])).toBe("p-default-non_protected");
  });
});

describe("parseDotenvReport", () => {
  const parse = (text: string) => parseDotenvReport(gzipSync(text));
  it("reads KEY=value lines as they are", () => {
    expect(parse('A=1\nB="x y"\nC= spaced =\r\nD=\n')).toEqual({ A: "1", B: '"x y"', C: "spaced =", D: "" });
  });
  it("puts several files together", () => {
    expect(parseDotenvReport(Buffer.concat([gzipSync("A=1\n"), gzipSync("B=2\n")]))).toEqual({ A: "1", B: "2" });
  });
  it.each(["# comment\n", "A=1\n\nB=2\n", "no equals sign", "BAD-KEY=1\n", `A=${"x".repeat(6000)}`])(
    "refuses %j",
    (text) => {
      expect(parse(text)).toBeNull();
    },
  );
  it("refuses what is not compressed", () => {
    expect(parseDotenvReport(Buffer.from("A=1"))).toBeNull();
  });
});

describe("isKnownArtifact", () => {
  it.each([
    ["archive", "zip", true],
    ["archive", "gzip", false],
    ["junit", "gzip", true],
    ["junit", "raw", false],
    ["toString", "gzip", false],
  ])("%s as %s: %s", (type, format, expected) => {
    expect(isKnownArtifact(type, format)).toBe(expected);
  });
});

describe("mayRun", () => {
  it.each([
    [["a", "b"], true, ["a"], true],
    [["a"], true, ["a", "b"], false],
    [["a"], true, [], true],
    [["a"], false, [], false],
  ])("a runner with %j (untagged: %s) and a job with %j: %s", (tags, runUntagged, jobTags, expected) => {
    expect(mayRun({ tags, runUntagged }, { tags: jobTags })).toBe(expected);
  });
});

describe("parseListenAddress", () => {
  it.each([
    ["127.0.0.1:80", { host: "127.0.0.1", port: 80 }, "http://127.0.0.1:80"],
    ["[::1]:80", { host: "::1", port: 80 }, "http://[::1]:80"],
    [":8929", { host: "0.0.0.0", port: 8929 }, "http://127.0.0.1:8929"],
    ["localhost", { host: "localhost", port: 0 }, "http://localhost:0"],
  ])("reads %s", (text, address, url) => {
    expect(parseListenAddress(text)).toEqual(address);
    expect(urlOf(address)).toBe(url);
  });
  it.each(["a:b", "1.2.3.4:99999", "::1:80", "http://x:80"])("refuses %s", (text) => {
    expect(() => parseListenAddress(text)).toThrow(/no address/);
  });
});

describe("slug and projectPathOf", () => {
  it("makes what fits into a host name", () => {
    expect(slug("Feature/ÜBER_x--")).toBe("feature--ber-x");
    expect(slug("x".repeat(80))).toHaveLength(63);
  });
  it.each([
    ["https://gitlab.com/group/project.git", "group/project"],
    ["git@gitlab.com:group/sub/project.git", "group/sub/project"],
    ["ssh://git@host:22/group/project", "group/project"],
    ["https://host/project", null],
    ["/srv/git/project.git", null],
    ["", null],
  ])("reads %s as %s", (url, path) => {
    expect(projectPathOf(url)).toBe(path);
  });
});

describe("selectJobs", () => {
  const need = (job: string) => ({ job, artifacts: true, optional: false });
  const jobs = [
    pipelineJob({ name: "a" }),
    pipelineJob({ name: "b 1/2", baseName: "b", needs: [need("a")] }),
    pipelineJob({ name: "b 2/2", baseName: "b", needs: [need("a")] }),
    pipelineJob({ name: "c", needs: [need("b")], when: "manual" }),
  ];
  const pipeline = { stages: ["test"], jobs, warnings: [] };
  const names = (wanted: string[], needs = false) => selectJobs(pipeline, wanted, needs).jobs.map((job) => job.name);

  it("takes all without names, else the named ones and each instance of a parallel one", () => {
    expect(names([])).toHaveLength(4);
    expect(names(["b"])).toEqual(["b 1/2", "b 2/2"]);
    expect(names(["b 2/2", "a"])).toEqual(["a", "b 2/2"]);
  });
  it("adds what the named jobs need, however deep", () => {
    expect(names(["c"], true)).toEqual(["a", "b 1/2", "b 2/2", "c"]);
  });
  it("runs a manual job that is named", () => {
    expect(selectJobs(pipeline, ["c"], false).jobs[0]?.when).toBe("on_success");
  });
  it("says what an unknown name may have meant", () => {
    const long = { ...pipeline, jobs: [pipelineJob({ name: "deploy" })] };
    expect(() => selectJobs(long, ["deplyo"], false)).toThrow(
      expect.objectContaining({ hint: 'Did you mean "deploy"?' }),
    );
  });
});
