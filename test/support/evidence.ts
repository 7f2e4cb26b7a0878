import type { Evidence, ServiceEvidence } from "../../src/explain/evidence.ts";

/** Evidence of a job with one script that failed with exit code 1, and nothing else to say; parts replace whole keys. */
export function evidenceOf(parts: Partial<Evidence> = {}): Evidence {
  return {
    failure: { exitCode: 1, reason: "script_failure", message: "exit code 1" },
    output: [],
    outputIsWhole: true,
    build: {
      image: "debian:bookworm",
      entrypoint: [],
      user: "",
      architecture: "amd64",
      projectDir: "/builds/group/project",
      mounts: [{ source: "runner-x-project-1-builds", destination: "/builds" }],
      privileged: false,
      memoryLimit: 0,
      state: { running: false, exitCode: 1, oomKilled: false, error: "" },
    },
    services: [],
    client: {
      wiring: "none",
      host: "",
      tlsVerify: "",
      certPath: "",
      apiVersion: "",
      socket: "",
      buildsOnHost: false,
      autowire: true,
    },
    daemon: {
      serverVersion: "20.10.24",
      apiVersion: "1.41",
      minApiVersion: "1.12",
      architecture: "x86_64",
      cgroupVersion: "1",
      storageDriver: "overlay2",
      rootless: false,
      selinux: false,
      networkMtu: 1500,
      uplinkMtu: 1500,
    },
    ...parts,
  };
}

/** A service that runs well. */
export function serviceEvidence(parts: Partial<ServiceEvidence> = {}): ServiceEvidence {
  return {
    name: "redis:7",
    image: "redis:7",
    aliases: ["redis"],
    isDaemon: false,
    isSidecar: false,
    privileged: false,
    environment: [],
    memoryLimit: 0,
    state: { running: true, exitCode: 0, oomKilled: false, error: "" },
    log: [],
    ...parts,
  };
}
