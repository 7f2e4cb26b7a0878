import { join } from "node:path";
import { expect } from "vitest";
import { images } from "../../support/engine.ts";
import type { Case } from "../case.ts";
import { idle } from "../services/idle.ts";
import { lookedAt } from "./looked-at.ts";

const profile = join(import.meta.dirname, "../../fixtures/seccomp/no-ptrace.json");

const open = lookedAt(
  {
    docker: `group_add = ["4321"]
cap_add = ["NET_ADMIN"]
cap_drop = ["MKNOD", "CAP_AUDIT_WRITE"]
security_opt = ["no-new-privileges"]
services_security_opt = ["seccomp=unconfined"]
devices = ["/dev/zero:/dev/nothing:r", "/dev/full"]
device_cgroup_rules = ["c 1:3 rwm"]
ipcmode = "host"
pid_mode = "host"
userns_mode = "host"
runtime = "runc"
[runners.docker.services_devices]
"longshore-dev/tiny:*" = ["/dev/null:/dev/of-the-service"]
"another:*" = ["/dev/full"]`,
  },
  { script: ["id -G", "head -c 3 /dev/nothing | wc -c"], parts: { services: [idle()] } },
);

const profiled = lookedAt(
  { docker: `security_opt = ["seccomp=${profile}"]` },
  { script: ["true"], parts: { services: [idle()] } },
);

const privileged = lookedAt(
  { docker: 'privileged = true\nallowed_privileged_images = ["longshore-dev/base:*"]\nservices_privileged = false' },
  { image: images.base, script: ["true"], parts: { services: [idle()] } },
);
const privilegedByDefault = lookedAt(
  { docker: 'privileged = true\nallowed_privileged_images = ["longshore-dev/base:*"]' },
  { script: ["true"], variables: { GIT_STRATEGY: "empty" } },
);
const unlisted = lookedAt(
  { docker: 'privileged = true\nallowed_privileged_images = ["other/**"]\nallowed_privileged_services = ["*/tiny:*"]' },
  { script: ["true"], parts: { services: [idle(), { ...idle(), name: images.base }] } },
);
const services = lookedAt(
  { docker: "services_privileged = true" },
  { script: ["true"], parts: { services: [idle()] } },
);

const path = (name: string | undefined) => ({ PathOnHost: name });

/** What containers may do. */
export const access: readonly Case[] = [
  open("group_add is for build and helper", ({ build, helper, services: [service], ended }) => {
    for (const { HostConfig } of [build, helper]) expect(HostConfig.GroupAdd).toEqual(["4321"]);
    expect(service?.HostConfig.GroupAdd ?? []).toEqual([]);
    expect(ended.log).toMatch(/^0 4321$/m);
  }),
  open("cap_add and cap_drop are for build and helper", ({ build, helper, services: [service] }) => {
    for (const { HostConfig } of [build, helper])
      expect(HostConfig).toMatchObject({ CapAdd: ["NET_ADMIN"], CapDrop: ["MKNOD", "CAP_AUDIT_WRITE"] });
    expect([...(service?.HostConfig.CapAdd ?? []), ...(service?.HostConfig.CapDrop ?? [])]).toEqual([]);
  }),
  open("security_opt is for build and helper, services_security_opt for services", (seen) => {
    for (const { HostConfig } of [seen.build, seen.helper])
      expect(HostConfig.SecurityOpt).toContain("no-new-privileges");
    expect(seen.services[0]?.HostConfig.SecurityOpt).toEqual(["seccomp=unconfined"]);
  }),
  profiled(
    "seccomp=FILE is read on the agent's host and reaches the daemon as its text",
    ({ build, helper, services: [service] }) => {
      for (const { HostConfig } of [build, helper])
        expect(HostConfig.SecurityOpt?.[0]).toMatch(/^seccomp=\{[^]*"ptrace"[^]*\}\s*$/);
      expect(service?.HostConfig.SecurityOpt ?? []).toEqual([]);
    },
    "not before 19.0",
  ),
  open("devices are for build and helper, with their place and rights", ({ build, helper, ended }) => {
    for (const { HostConfig } of [build, helper])
      expect(HostConfig.Devices).toEqual([
        { PathOnHost: "/dev/zero", PathInContainer: "/dev/nothing", CgroupPermissions: "r" },
        { PathOnHost: "/dev/full", PathInContainer: "/dev/full", CgroupPermissions: "rwm" },
      ]);
    expect(ended.log).toContain("\n3\n");
  }),
  open(
    "services_devices are for the services whose image matches",
    ({ services: [service] }) => {
      expect(service?.HostConfig.Devices).toMatchObject([
        { ...path("/dev/null"), PathInContainer: "/dev/of-the-service", CgroupPermissions: "rwm" },
      ]);
    },
    "not before 17.10",
  ),
  open("device_cgroup_rules are for build and helper", ({ build, helper, services: [service] }) => {
    for (const { HostConfig } of [build, helper]) expect(HostConfig.DeviceCgroupRules).toEqual(["c 1:3 rwm"]);
    expect(service?.HostConfig.DeviceCgroupRules ?? []).toEqual([]);
  }),
  open("ipcmode is for build and helper", ({ build, helper, services: [service] }) => {
    expect([build, helper].map(({ HostConfig }) => HostConfig.IpcMode)).toEqual(["host", "host"]);
    expect(service?.HostConfig.IpcMode).not.toBe("host");
  }),
  open(
    "pid_mode is for the build container alone",
    ({ build, helper, services: [service] }) => {
      expect([build, helper, service].map((each) => each?.HostConfig.PidMode)).toEqual(["host", "", ""]);
    },
    "not before 19.1",
  ),
  open("userns_mode and runtime are for all containers", ({ build, helper, services: [service] }) => {
    for (const each of [build, helper, service])
      expect(each?.HostConfig).toMatchObject({ UsernsMode: "host", Runtime: "runc" });
  }),
  privileged("privileged is for images of allowed_privileged_images, others run without", ({ build, helper }) => {
    expect([build, helper].map(({ HostConfig }) => HostConfig.Privileged)).toEqual([true, false]);
  }),
  privilegedByDefault(
    "allowed_privileged_images looks at the image of config.toml, too, where the job names none",
    ({ build }) => {
      expect(build.HostConfig.Privileged).toBe(true);
    },
    "the empty name of such a job's image matches no such pattern, and it runs unprivileged",
  ),
  privileged("services_privileged = false keeps services out of it", ({ services: [service] }) => {
    expect(service?.HostConfig.Privileged).toBe(false);
  }),
  unlisted("an image that allowed_privileged_images doesn't match runs unprivileged, without an error", (seen) => {
    expect(seen.build.HostConfig.Privileged).toBe(false);
    expect(seen.ended.job.state).toBe("success");
  }),
  unlisted("services are privileged with privileged, where allowed_privileged_services matches", (seen) => {
    const byImage = seen.services.map(({ Name, HostConfig }) => [/tiny|base/.exec(Name)?.[0], HostConfig.Privileged]);
    expect(Object.fromEntries(byImage)).toEqual({ tiny: true, base: false });
  }),
  services("services_privileged makes services privileged alone", ({ build, helper, services: [service] }) => {
    const all = [build, helper, service].map((each) => each?.HostConfig.Privileged);
    expect(all).toEqual([false, false, true]);
  }),
  {
    title: "a seccomp profile that is no JSON is a configuration error",
    config: { docker: `security_opt = ["seccomp=${import.meta.filename}"]` },
    job: { script: ["true"] },
    observed: {
      state: "failed",
      failureReason: "runner_configuration_error",
      log: [/seccomp profile .* is not valid JSON/],
    },
    differs: "the failure reason there is that of the runner's system",
  },
  {
    title: "isolation with a value that Docker doesn't know is a configuration error",
    config: { docker: 'isolation = "strong"' },
    job: { script: ["true"] },
    observed: {
      state: "failed",
      failureReason: "runner_configuration_error",
      log: [/isolation value "strong" is not valid/],
    },
    differs: "the failure reason there is that of the runner's system",
  },
  {
    title: 'isolation = "process", of Windows containers, is not used, and said to be so',
    config: { docker: 'isolation = "process"' },
    job: { script: ["echo runs"] },
    observed: { log: [/WARNING: isolation = "process" is for Windows/, "\nruns\n"] },
    differs: "a Linux daemon refuses the container",
  },
];
