import { parseConfig } from "../../../src/config/parse.ts";
import type { RunnerConfig } from "../../../src/config/schema.ts";
import type { Said } from "../../../src/doctor/bench.ts";
import type { DoctorContext } from "../../../src/doctor/doctor-context.ts";
import type { GitReach } from "../../../src/doctor/git-reach.ts";

/** An entry with these lines in [[runners]] and in [runners.docker]. */
export function entry(settings: string, docker: string): RunnerConfig {
  const text = `[[runners]]\nname = "one"\nurl = "https://gitlab.test"\ntoken = "glrt-t"\nexecutor = "docker"\n${settings}\n[runners.docker]\n${docker}\n`;
  const [runner] = parseConfig(text, "config.toml", { env: {}, home: "/home/a" }).config.runners;
  if (runner === undefined) throw new Error("the configuration has a runner");
  return runner;
}

export interface Found {
  readonly runner: RunnerConfig;
  /** What a script prints in the probe, by what it is given. */
  readonly run?: (script: string, args: readonly string[], signal: AbortSignal) => Promise<Said>;
  readonly reach?: GitReach;
  readonly hasOwnNetwork?: boolean;
  readonly uplinkMtu?: number | null;
  readonly isInternal?: boolean;
}

/** A context that has found all this. */
export function contextWith({
  runner,
  run = async () => ({ code: 0, output: "" }),
  reach = { kind: "reached", words: "" },
  hasOwnNetwork = true,
  uplinkMtu = 1500,
  isInternal = false,
}: Found): DoctorContext {
  const engine = { getNetwork: () => ({ inspect: async () => ({ Options: {}, Internal: isInternal }) }) };
  const daemon = {
    engine,
    facts: { architecture: "x86_64", registryMirrors: [], insecureRegistries: [] },
    networkMtu: null,
    hostAddress: "172.17.0.1",
  };
  const context = {
    runner,
    suffix: "0123abcd",
    settings: { agentId: "a", boot: "doctor-1", identity: { revision: "r" } },
    site: async () => ({ run, hasOwnNetwork }),
    host: async () => ({ uplinkMtu }),
    daemon: async () => daemon,
    reach: async () => reach,
    coordinator: async () => null,
    helperImage: async () => "helper:1",
    image: async () => ({ id: "sha256:1" }),
  };
  return context as unknown as DoctorContext;
}
