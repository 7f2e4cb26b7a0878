import { expect, test } from "vitest";
import { configText } from "../../../bench/config-text.ts";
import { parseConfig } from "../../../src/config/parse.ts";

const address = { host: "unix:///run/docker.sock", tlsVerify: false, certPath: "" };
const entry = { name: 'a "b"', url: "http://127.0.0.1:1", token: "glrt-x", image: "base", helperImage: "helper" };
const read = (text: string) => parseConfig(text, "config.toml", { env: {}, home: "/" });

test("is a configuration without a word of warning", () => {
  const { config, warnings } = read(configText(address, [entry], {}));
  expect(warnings).toEqual([]);
  expect(config.concurrent).toBe(1);
  expect(config.runners[0]).toMatchObject({ ...pick(), problem: null });
});

test("takes a case's settings, each in its place", () => {
  const settings = {
    concurrent: 6,
    global: 'listen_address = "127.0.0.1:9252"',
    runner: "output_limit = 9\n[runners.feature_flags]\nFF_TIMESTAMPS = true",
    volumes: ["/certs/client"],
    docker: 'privileged = true\n[runners.docker.daemon]\nwiring = "dind"',
  };
  const { config } = read(configText(address, [entry, { ...entry, name: "other", token: "glrt-y" }], settings));
  expect(config).toMatchObject({ concurrent: 6, listen_address: "127.0.0.1:9252" });
  for (const runner of config.runners) {
    expect(runner).toMatchObject({
      output_limit: 9,
      feature_flags: { FF_TIMESTAMPS: true },
      docker: { privileged: true, volumes: ["/certs/client"], daemon: { wiring: "dind" } },
    });
  }
  expect(config.runners.map((runner) => runner.name)).toEqual(['a "b"', "other"]);
});

function pick() {
  const docker = { host: address.host, image: "base", helper_image: "helper", volumes: ["/cache"] };
  return { name: 'a "b"', url: "http://127.0.0.1:1", token: "glrt-x", docker };
}
