import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadConfig } from "../../../src/config/load.ts";
import { usableRunners } from "../../../src/config/schema.ts";
import { faultOfWorking, requireUsableRunner } from "../../../src/config/usable.ts";
import { entry } from "./bad-config/bad-config.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "longshore-test-doubts-"));
});
afterAll(() => rm(directory, { recursive: true }));

const load = async (toml: string) => {
  const file = join(directory, "config.toml");
  await writeFile(file, toml);
  const { warnings } = await loadConfig(file, { env: {}, home: directory });
  return warnings.map((warning) => warning.replace(`${directory}/config.toml:`, ""));
};

test("an entry whose every job would be refused takes none, and the others do", async () => {
  const file = join(directory, "config.toml");
  await writeFile(file, entry('dns = ["dns.test"]') + entry("").replace("glrt-x", "glrt-y"));
  const { config, warnings } = await loadConfig(file, { env: {}, home: directory });
  expect(usableRunners(config).map(({ index }) => index)).toEqual([1]);
  expect(config.runners[0]?.problem).toMatchObject({ code: "CONFIG_DNS" });
  expect(warnings).toEqual([
    `${file}:7:8: runners[0].docker.dns[0]: invalid DNS server address "dns.test"; the entry is skipped; ` +
      "write IP addresses, not names, into dns in [runners.docker] of config.toml",
  ]);
  await writeFile(file, entry('dns = ["dns.test"]'));
  const { config: other } = await loadConfig(file, { env: {}, home: directory });
  expect(() => requireUsableRunner(other, file)).toThrow(
    /no runner can take jobs: .*:7:8: runners\[0\]\.docker\.dns\[0\]/,
  );
});

test("a changed file is refused where it takes a working entry away, and not for an entry that was faulty before", async () => {
  const file = join(directory, "config.toml");
  const read = async (...entries: readonly string[]) => {
    await writeFile(file, entries.join(""));
    return await loadConfig(file, { env: {}, home: directory });
  };
  const [good, bad] = [entry(""), entry('dns = ["dns.test"]')];
  const one = await read(good);
  expect(faultOfWorking(one.config, await read(bad))).toMatchObject({ index: 0, error: { code: "CONFIG_DNS" } });
  expect(faultOfWorking(one.config, await read(good, bad.replace("glrt-x", "glrt-y")))).toBeUndefined();
  // Both have one token.
  const { config } = await read(bad, good);
  expect(faultOfWorking(config, await read(bad, good))).toBeUndefined();
  expect(faultOfWorking(config, await read(good, good))).toBeUndefined();
  expect(faultOfWorking(config, await read(bad, bad))).toMatchObject({ index: 0 });
  const both = await read(good, good);
  expect(faultOfWorking(both.config, await read(good, bad))).toMatchObject({ index: 1 });
});

test("a seccomp profile that can't be used is said, since it may be there when a job comes", async () => {
  await writeFile(join(directory, "good.json"), "{}");
  await writeFile(join(directory, "bad.json"), "{");
  const toml = entry(
    `security_opt = ["seccomp=${directory}/good.json", "seccomp=${directory}/bad.json"]\n` +
      `services_security_opt = ["seccomp=${directory}/none.json"]`,
  );
  expect(await load(toml)).toEqual([
    expect.stringMatching(
      /^7:\d+: runners\[0\]\.docker\.security_opt\[1\]: .*bad\.json is not valid JSON; name a JSON/,
    ),
    expect.stringMatching(/^8:26: runners\[0\]\.docker\.services_security_opt\[0\]: .*none\.json can't be read: /),
  ]);
});

test("a CredentialsFile that can't be read is said", async () => {
  const table = `[runners.cache.gcs]\nBucketName = "b"\nCredentialsFile = "${directory}/none"`;
  expect(await load(entry("", `[runners.cache]\nType = "gcs"\n${table}`))).toEqual([
    expect.stringMatching(/^9:19: runners\[0\]\.cache\.gcs\.CredentialsFile: .* cannot be used: /),
  ]);
});

test("certificates of a daemon on TCP that can't be read are said", async () => {
  const daemon = `wiring = "tcp"\naddress = "tcp://d.test:2376"\ntls_verify = true\ntls_cert_path = "${directory}"`;
  expect(await load(entry(`[runners.docker.daemon]\n${daemon}`))).toEqual([
    expect.stringMatching(/^11:17: runners\[0\]\.docker\.daemon\.tls_cert_path: .*ca\.pem/),
  ]);
});

test("files of entries that take no jobs are not looked at", async () => {
  const other = entry('security_opt = ["seccomp=/none"]').replace('executor = "docker"', 'executor = "shell"');
  expect(await load(other)).toEqual([expect.stringContaining('the executor "shell"')]);
});
