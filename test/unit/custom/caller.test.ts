import { describe, expect, it } from "vitest";
import { readCaller } from "../../../src/custom/caller.ts";

const env = {
  BUILD_FAILURE_EXIT_CODE: "17",
  SYSTEM_FAILURE_EXIT_CODE: "18",
  BUILD_EXIT_CODE_FILE: "/tmp/custom-executor1/build_exit_code",
  JOB_RESPONSE_FILE: "/tmp/custom-executor1/response.json",
};

describe("the environment of a custom executor's call", () => {
  it("names the exit codes, the files, and the directory of this try", () => {
    expect(readCaller(env)).toEqual({
      buildFailure: 17,
      systemFailure: 18,
      exitCodeFile: env.BUILD_EXIT_CODE_FILE,
      jobResponseFile: env.JOB_RESPONSE_FILE,
      directory: "/tmp/custom-executor1",
      variables: {},
    });
  });

  it("has the job's variables under a prefix, and none without it", () => {
    const { variables } = readCaller({
      ...env,
      CUSTOM_ENV_CI_JOB_ID: "7",
      CUSTOM_ENV_CUSTOM_ENV_A: "b",
      CI_JOB_ID: "8",
    });
    expect(variables).toEqual({ CI_JOB_ID: "7", CUSTOM_ENV_A: "b" });
  });

  it.each(["", "0", "256", "one", undefined])("may lack the exit codes or have none that is one (%s)", (code) => {
    const caller = readCaller({ ...env, BUILD_FAILURE_EXIT_CODE: code, SYSTEM_FAILURE_EXIT_CODE: code });
    expect([caller.buildFailure, caller.systemFailure]).toEqual([1, 2]);
  });

  it("is told from that of a person at a terminal", () => {
    expect(() => readCaller({})).toThrow(expect.objectContaining({ code: "CUSTOM_CALLER", exitCode: 2 }));
  });
});
