import { parseConfig } from "../src/config/parse.ts";
import type { RunnerConfig } from "../src/config/schema.ts";
import type { JobPayload } from "../src/coordinator/job-payload.ts";
import type { PlanInput } from "../src/job/plan-input.ts";

const config = `
[[runners]]
  name = "fuzz"
  url = "https://gitlab.test"
  token = "glrt-0123456789abcdefghij"
  executor = "docker"
  environment = ["A=$B", "http_proxy=http://proxy.test:3128"]
  [runners.docker]
    image = "alpine:3"
    privileged = true
    volumes = ["/cache", "/data/$A"]
    allowed_images = ["**"]
`;

let runner: RunnerConfig | null = null;

/** All that a plan is made of beside the payload. */
export function planInput(payload: JobPayload): PlanInput {
  runner ??= parseConfig(config, "config.toml", { env: {}, home: "/root" }).config.runners[0] as RunnerConfig;
  return {
    payload,
    runner,
    agent: {
      protocolVersion: "19.4.0",
      revision: "00000000",
      architecture: "amd64",
      systemId: "s_0",
      agentId: "agent",
      bootId: "boot",
    },
    slot: { runner: 0, project: 0 },
    suffix: "0a1b2c3d",
    wiring: { kind: "socket", socketPath: "/var/run/docker.sock", group: 998 },
    surroundings: {
      networkMtu: null,
      registryMirrors: [],
      insecureRegistries: [],
      proxy: {},
      hostAddress: "",
      apiVersion: "",
    },
    serverTls: { ca: "", cert: "", key: "" },
    defaultHelperImage: "helper.test/helper:1",
  };
}
