import { expect, it } from "vitest";
import { registrationInfo, runnerInfo, userAgent } from "../../../src/coordinator/info.ts";
import { agentIdentity } from "./test-client.ts";

/** Every flag of protocol section 2.3; the server treats an absent one as false, but a complete list is the contract. */
const flags = `
  variables image services session terminal image_executor_opts
  service_executor_opts service_variables service_multiple_aliases native_steps_integration artifacts upload_multiple_artifacts
  upload_raw_artifacts artifacts_exclude cache fallback_cache_keys refspecs masking
  raw_variables multi_build_steps vault_secrets return_exit_code trace_reset trace_checksum
  trace_size cancelable cancel_gracefully two_phase_job_commit job_inputs shared
  proxy
`
  .trim()
  .split(/\s+/);

const traits = { gpus: "all", labels: { region: "eu" } };

it("announces every feature flag as a boolean, whatever the call", () => {
  for (const info of [runnerInfo(agentIdentity, traits), registrationInfo(agentIdentity)]) {
    expect(Object.keys(info.features).toSorted()).toEqual(flags.toSorted());
    expect(new Set(Object.values(info.features).map((value) => typeof value))).toEqual(new Set(["boolean"]));
  }
});

it("announces nothing that it does not do", () => {
  const { features } = runnerInfo(agentIdentity, traits);
  const off = Object.entries(features).flatMap(([name, on]) => (on ? [] : [name]));
  const notDone = ["native_steps_integration", "proxy", "session", "shared", "terminal", "vault_secrets"];
  expect(off.toSorted()).toEqual(notDone);
});

it("describes a docker executor with bash, its gpus and its labels", () => {
  expect(runnerInfo(agentIdentity, traits)).toMatchObject({
    name: "gitlab-runner",
    version: "19.4.0",
    revision: "0badcafe",
    platform: "linux",
    architecture: "amd64",
    executor: "docker",
    shell: "bash",
    config: { gpus: "all" },
    labels: { region: "eu" },
  });
});

it("leaves labels out when there are none", () => {
  expect(runnerInfo(agentIdentity, { gpus: "", labels: {} })).not.toHaveProperty("labels");
});

it("registers without executor and shell and with the client's own features only", () => {
  const info = registrationInfo(agentIdentity);
  expect(info).not.toHaveProperty("executor");
  expect(info).not.toHaveProperty("shell");
  const on = Object.entries(info.features).flatMap(([name, value]) => (value ? [name] : []));
  expect(on.toSorted()).toEqual(
    [
      "cancel_gracefully",
      "cancelable",
      "job_inputs",
      "trace_checksum",
      "trace_reset",
      "trace_size",
      "two_phase_job_commit",
    ].toSorted(),
  );
});

it("begins its User-Agent as coordinators parse it, and says who it is", () => {
  expect(userAgent(agentIdentity)).toBe("gitlab-runner 19.4.0 (longshore 0.1.0; node v24.0.0; linux/amd64)");
});
