import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { jobPayloadSchema } from "../../../src/coordinator/job-payload.ts";
import { shortToken } from "../../../src/coordinator/token.ts";
import type { Caller } from "../../../src/custom/caller.ts";
import { driverEntry } from "../../../src/custom/driver-entry.ts";
import { fromEnvironment, Variables } from "../../../src/job/variables.ts";

let root: string;
let file: string;
const payload = jobPayloadSchema.parse({
  id: 1,
  token: "t",
  job_info: { name: "j", stage: "s", project_id: 1, project_name: "p" },
  git_info: { repo_url: "https://gitlab.test/g/p.git", ref: "main", sha: "0", refspecs: [] },
  variables: [{ key: "OF_JOB", value: "1" }],
});
const caller = (variables: Record<string, string>): Caller => ({
  buildFailure: 1,
  systemFailure: 2,
  exitCodeFile: "",
  jobResponseFile: "/x/response.json",
  directory: "/x",
  variables: { CI_SERVER_URL: "https://gitlab.test", CI_RUNNER_SHORT_TOKEN: "t1_abcdef", ...variables },
});
const entry = (text: string, name = "", variables: Record<string, string> = {}) =>
  writeFile(file, text).then(() => driverEntry(file, name, caller(variables), payload, { env: {}, home: root }));

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "longshore-test-"));
  file = join(root, "config.toml");
});
afterEach(() => rm(root, { recursive: true }));

const two = `[[runners]]
name = "other"
executor = "shell"
[[runners]]
name = "first"
executor = "docker"
[runners.docker]
image = "first"
[[runners]]
name = "second"
executor = "docker"
[runners.docker]
image = "second"
`;

describe("the driver's entry of config.toml", () => {
  it("is the first docker entry, or the one that is named", async () => {
    expect((await entry(two)).docker.image).toBe("first");
    expect((await entry(two, "second")).docker.image).toBe("second");
  });

  it("needs neither token nor url: those are the calling runner's", async () => {
    const runner = await entry(two);
    expect(runner.problem).toBeNull();
    expect(runner.url).toBe("https://gitlab.test");
    expect(shortToken(runner.token)).toBe("t1_abcdef");
  });

  it("may stand in the runner's own file, as the custom entry itself", async () => {
    const text = `[[runners]]\nname = "mine"\nurl = "https://inner.test"\ntoken = "glrt-x"\nexecutor = "custom"\n[runners.docker]\nimage = "a"\n`;
    const runner = await entry(text, "mine");
    expect([runner.docker.image, runner.url]).toEqual(["a", "https://inner.test"]);
  });

  it("takes over the runner's own variables and the flags that are on, and nothing that is the job's or made for it", async () => {
    const { environment } = await entry(two, "", {
      OF_ADMIN: "a $b",
      OF_JOB: "other",
      CI_PROJECT_DIR: "/x",
      RUNNER_TEMP_PROJECT_DIR: "/x.tmp",
      FF_NETWORK_PER_BUILD: "true",
      FF_TIMESTAMPS: "false",
    });
    const variables = new Variables(fromEnvironment(environment)).expanded();
    expect(environment).toHaveLength(2);
    expect(variables.get("OF_ADMIN")).toBe("a $b");
    expect(variables.get("FF_NETWORK_PER_BUILD")).toBe("true");
  });

  it("is checked as an agent's is, and missed when it isn't there", async () => {
    await expect(entry(two, "third")).rejects.toMatchObject({ code: "RUNNER_NOT_FOUND" });
    await expect(
      entry(two.replace("[runners.docker]\nimage", "[runners.docker]\nmemory = []\nimage")),
    ).rejects.toMatchObject({
      exitCode: 2,
    });
    await expect(
      entry(`${two}[runners.docker.daemon]\nwiring = "tcp"\naddress = "ftp://x"\n`, "second"),
    ).rejects.toMatchObject({ exitCode: 2 });
  });
});
