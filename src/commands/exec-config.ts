import { appendRunner } from "../config/edit.ts";
import { isTable } from "../config/known-keys.ts";
import type { TomlTable, TomlValue } from "../config/toml-text.ts";
import { mergeTemplate } from "./register-template.ts";

/** What the flags of `longshore exec` say about the runner; "" and false where they say nothing. */
export interface ExecSettings {
  readonly image: string;
  readonly wiring: "" | "socket" | "dind" | "tcp";
  readonly privileged: boolean;
  readonly dockerHost: string;
  readonly helperImage: string;
  readonly concurrent: number;
}

/** What holds when neither a flag nor the template says otherwise: local images are good enough for a local run. */
const defaults: TomlTable = { docker: { image: "alpine:latest", pull_policy: ["if-not-present"] } };

/**
 * The config.toml of the agent under `longshore exec`: flags first, then the template's entry, then the defaults. The
 * coordinator is next door and somebody waits, so it is asked every second. Pure.
 */
export function execConfigText(
  settings: ExecSettings,
  template: TomlTable,
  registration: { readonly url: string; readonly token: string },
): string {
  const docker: Record<string, TomlValue> = {};
  if (settings.image !== "") docker["image"] = settings.image;
  if (settings.dockerHost !== "") docker["host"] = settings.dockerHost;
  if (settings.helperImage !== "") docker["helper_image"] = settings.helperImage;
  if (settings.privileged) docker["privileged"] = true;
  if (settings.wiring !== "") docker["daemon"] = { wiring: settings.wiring };
  const given: TomlTable = { name: "longshore exec", ...registration, executor: "docker", docker };
  const entry = mergeTemplate(mergeTemplate(given, withFittingDaemon(template, settings.wiring)), defaults);
  return appendRunner(`concurrent = ${settings.concurrent}\ncheck_interval = 1\n`, entry);
}

/** The keys of one wiring are wrong in another: a template's daemon table counts only when it is of the kind asked for. */
function withFittingDaemon(template: TomlTable, wiring: string): TomlTable {
  const docker = template["docker"];
  if (wiring === "" || !isTable(docker) || !isTable(docker["daemon"]) || docker["daemon"]["wiring"] === wiring) {
    return template;
  }
  const { daemon: _, ...rest } = docker as TomlTable;
  return { ...template, docker: rest };
}
