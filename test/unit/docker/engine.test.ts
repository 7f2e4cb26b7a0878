import { describe, expect, it } from "vitest";
import { factsOf } from "../../../src/docker/engine.ts";

/** As Docker 20.10 answers, cut down to what is read. */
const info = {
  Name: "vm",
  Architecture: "x86_64",
  OSType: "linux",
  NCPU: 2,
  MemTotal: 1024,
  Driver: "overlay2",
  CgroupVersion: "2",
  SecurityOptions: ["name=apparmor", "name=seccomp,profile=default"],
  HttpProxy: "",
  HttpsProxy: "http://proxy.test:3128",
  NoProxy: "registry.test",
  RegistryConfig: {
    InsecureRegistryCIDRs: ["10.0.0.0/8", "127.0.0.0/8", "::1/128"],
    IndexConfigs: {
      "docker.io": { Name: "docker.io", Mirrors: ["https://mirror.test/"], Secure: true, Official: true },
      "registry.test:5000": { Name: "registry.test:5000", Mirrors: [], Secure: false, Official: false },
    },
    Mirrors: ["https://mirror.test/"],
  },
};
const version = { Version: "20.10.24", ApiVersion: "1.41", MinAPIVersion: "1.12" };

describe("the facts of a daemon", () => {
  it("hold what one inside a job must know: mirrors, registries without TLS, proxies", () => {
    expect(factsOf(info, version)).toMatchObject({
      registryMirrors: ["https://mirror.test/"],
      insecureRegistries: ["registry.test:5000", "10.0.0.0/8"],
      proxy: { HTTPS_PROXY: "http://proxy.test:3128", NO_PROXY: "registry.test" },
    });
  });

  it("hold the range of APIs and the cgroup version", () => {
    expect(factsOf(info, version)).toMatchObject({ apiVersion: "1.41", minApiVersion: "1.12", cgroupVersion: "2" });
  });

  it.each([
    [["name=seccomp,profile=default", "name=rootless", "name=cgroupns"], true, false],
    [["name=selinux"], false, true],
    [["name=seccomp,profile=rootless"], false, false],
    [null, false, false],
  ])("tell rootless and SELinux by the security options %j", (options, rootless, selinux) => {
    expect(factsOf({ ...info, SecurityOptions: options }, version)).toMatchObject({ rootless, selinux });
  });

  it("are empty where an old daemon or a stand-in says nothing", () => {
    expect(factsOf({}, {})).toMatchObject({
      minApiVersion: "",
      cgroupVersion: "",
      registryMirrors: [],
      insecureRegistries: [],
      proxy: {},
    });
    const nulls = { RegistryConfig: { InsecureRegistryCIDRs: null, IndexConfigs: null, Mirrors: null } };
    expect(factsOf(nulls, {})).toMatchObject({ registryMirrors: [], insecureRegistries: [] });
  });
});
