import { describe, expect, it } from "vitest";
import type { Daemon } from "../../../src/daemon/daemons.ts";
import { contribute } from "../../../src/daemon/wiring.ts";
import { helperImageCheck } from "../../../src/doctor/checks/helper-image.ts";
import { networkCheck } from "../../../src/doctor/checks/network.ts";
import { DoctorContext, type DoctorSettings } from "../../../src/doctor/doctor-context.ts";
import { wiringContext } from "../../../src/doctor/wiring-context.ts";
import { entry } from "./fake-context.ts";

const never = new AbortController().signal;
const daemon = {
  facts: { architecture: "x86_64", registryMirrors: [], insecureRegistries: [] },
  networkMtu: null,
  hostAddress: "",
} as unknown as Daemon;
const settings = {
  agentId: "a",
  boot: "doctor-1",
  identity: { revision: "4ce1a1b" },
  daemons: { get: async () => daemon },
} as unknown as DoctorSettings;
const contextOf = (runner: ReturnType<typeof entry>) => new DoctorContext(settings, runner, never);

describe("the helper image of an entry", () => {
  const named = (image: string, ...environment: string[]) =>
    contextOf(entry(`environment = ${JSON.stringify(environment)}`, `helper_image = "${image}"`));

  it("has the entry's own variables in its name", async () => {
    expect(await named("r.test/helper:$HELPER_TAG-${CI_RUNNER_REVISION}", "HELPER_TAG=7").helperImage()).toBe(
      "r.test/helper:7-4ce1a1b",
    );
  });

  it("is not looked for where only a job knows its name", async () => {
    const context = named("r.test/helper:$CI_TAG");
    for (const check of [helperImageCheck, networkCheck])
      expect(await check.run(context, never)).toMatchObject({
        verdict: "skip",
        finding: expect.stringContaining("depends on the job"),
      });
  });
});

describe("the dind of a doctor", () => {
  const wiring = { kind: "dind", image: "dind", alias: "docker", tls: null, command: [], lease: null } as const;
  const aliasOn = (mode: string) => {
    const context = contextOf(entry("", `network_mode = "${mode}"`));
    return contribute(wiring, wiringContext(context, "volume", daemon)).sidecar?.alias;
  };

  it("has a name of its own on a network that jobs are on, and another each time", () => {
    expect(aliasOn("")).toBe("docker");
    expect(aliasOn("shared")).toMatch(/^docker-[0-9a-f]{8}$/);
    expect(aliasOn("shared")).not.toBe(aliasOn("shared"));
  });
});
