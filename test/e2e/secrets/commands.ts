import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { TestCoordinator } from "../../support/coordinator.ts";
import { engineHost, images } from "../../support/engine.ts";
import type { Search } from "./canaries.ts";
import { configText, type Entry, launch } from "./launched.ts";

export interface CommandScene {
  readonly search: Search;
  readonly directory: string;
  readonly coordinator: TestCoordinator;
  readonly entries: readonly Entry[];
  readonly tokens: Readonly<Record<string, string>>;
  readonly configFile: string;
}

/** Runs each command that gets a token, rightly and wrongly, and looks at what it says. */
export async function lookAtCommands(scene: CommandScene): Promise<void> {
  const { search, directory, coordinator, entries, tokens, configFile } = scene;
  const plain = entries[0] as Entry;
  const file = (name: string) => join(directory, `conf/${name}.toml`);
  const broken = (await readFile(configFile, "utf8")).replace(/^clone_url.*"$/m, (line) => line.slice(0, -1));
  await writeFile(file("broken"), broken, { mode: 0o600 });
  await writeFile(file("reset"), configText([plain]), { mode: 0o600 });
  const run = async (place: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const command = launch(directory, args, env);
    await command.exit;
    search.look(`longshore ${place}`, command.output());
    return command.output();
  };
  const env = { CI_SERVER_URL: coordinator.url, CI_SERVER_TOKEN: plain.token, REGISTRATION_TOKEN: plain.token };
  const config = ["--config", configFile];
  await Promise.all([run("list", ["list", ...config]), run("verify", ["verify", ...config])]);
  await Promise.all([
    run(
      "register",
      ["register", "--non-interactive", "--executor", "docker", "--docker-image", "a", "--config", file("new")],
      env,
    ),
    run("register --help", ["register", "--help"], env),
  ]);
  const unknown = await run("list --tokn=...", ["list", `--tokn=${plain.token}`]);
  expect(unknown).toContain("unknown option '--tokn=...'");
  expect(await run("run, config.toml broken", ["run", "--config", file("broken")])).toContain("[CONFIG_SYNTAX]");
  await run("doctor", ["doctor", "--runner", "clone", ...config, "--state-dir", join(directory, "state")]);
  await run("reset-token", ["reset-token", "--all-runners", "--config", file("reset")]);
  await run("unregister", ["unregister", "--name", "plain", "--config", file("new")]);

  const single = launch(directory, [
    "run-single",
    "--url",
    coordinator.url,
    "--token",
    tokens["runner socket"] ?? "",
    "--docker-image",
    images.base,
    "--docker-host",
    engineHost,
    "--executor",
    "docker",
    "--state-dir",
    join(directory, "state"),
  ]);
  await single.says("Docker daemon answers");
  search.look("/proc/*/cmdline of run-single --token", await readFile(`/proc/${single.pid}/cmdline`));
  single.child.kill("SIGTERM");
  await single.exit;
  search.look("longshore run-single", single.output());
}
