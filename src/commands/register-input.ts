import { isTable } from "../config/known-keys.ts";
import type { TomlTable, TomlValue } from "../config/toml-text.ts";
import { tokenKind } from "../coordinator/token.ts";
import { AgentError } from "../support/errors.ts";
import type { CommandDeps } from "./command-deps.ts";
import { type Attributes, givenAttributes } from "./register-attributes.ts";
import { askMissing, type Answers } from "./register-prompts.ts";
import { loadTemplate, mergeTemplate } from "./register-template.ts";

export interface RegisterOptions {
  readonly configFile: string;
  readonly nonInteractive: boolean;
  readonly leaveRunner: boolean;
  /** "" for none; may hold an authentication token, too. */
  readonly registrationToken: string;
  /** "" for none. */
  readonly templateConfig: string;
  readonly attributes: Attributes;
  /** What flags and variables say of the [[runners]] entry. */
  readonly entry: TomlTable;
}

/**
 * "created": a glrt- token. "authentication": another token given as --token, which is checked and kept.
 * "registration": exchanged for an authentication token.
 */
export interface GivenToken {
  readonly kind: "created" | "authentication" | "registration";
  readonly value: string;
}

export interface RegistrationInput {
  /** Complete but for what the coordinator says. */
  readonly entry: TomlTable;
  readonly token: GivenToken;
  readonly attributes: Attributes;
}

/** Flags, variables, template and, on a terminal, a person's answers. Throws AgentError (exit code 2) for what is missing or can't be. */
export async function collectRegistration(options: RegisterOptions, deps: CommandDeps): Promise<RegistrationInput> {
  const template = options.templateConfig === "" ? {} : await loadTemplate(options.templateConfig);
  const entry = mergeTemplate(options.entry, template);
  const docker = tableIn(entry, "docker");
  const daemon = tableIn(docker, "daemon");
  const known: Answers = {
    url: textIn(entry, "url"),
    token: textIn(entry, "token") || options.registrationToken,
    name: textIn(entry, "name"),
    image: textIn(docker, "image"),
    wiring: textIn(daemon, "wiring"),
    tags: options.attributes.tagList ?? "",
    note: options.attributes.maintenanceNote ?? "",
  };
  const authentication = textIn(entry, "token") !== "";
  const answers = await complete(known, { authentication, host: textIn(docker, "host") }, options, deps);

  const attributes = {
    ...options.attributes,
    tagList: answers.tags === "" ? options.attributes.tagList : answers.tags,
    maintenanceNote: answers.note === "" ? options.attributes.maintenanceNote : answers.note,
  };
  const token: GivenToken = { kind: kindOf(answers.token, authentication), value: answers.token };
  checkAttributes(token, attributes, authentication, deps);
  const { docker: _, token: _token, ...rest } = entry;
  const wiring = answers.wiring === "none" ? {} : { daemon: { ...daemon, wiring: answers.wiring } };
  const dockerTable = { ...docker, image: answers.image, volumes: withCache(docker), ...wiring };
  const executor = textIn(entry, "executor") || "docker";
  return { entry: { ...rest, name: answers.name, url: answers.url, executor, docker: dockerTable }, token, attributes };
}

const kindOf = (token: string, authentication: boolean): GivenToken["kind"] => {
  if (tokenKind(token) === "created") return "created";
  return authentication ? "authentication" : "registration";
};

async function complete(
  known: Answers,
  given: { readonly authentication: boolean; readonly host: string },
  options: RegisterOptions,
  deps: CommandDeps,
): Promise<Answers> {
  const missing = [
    known.url === "" ? "--url (CI_SERVER_URL)" : "",
    known.token === "" ? "--token (CI_SERVER_TOKEN)" : "",
    known.image === "" ? "--docker-image (DOCKER_IMAGE)" : "",
  ].filter((flag) => flag !== "");
  const mayAsk = deps.prompter !== null && !options.nonInteractive;
  if (mayAsk && missing.length > 0) return await askMissing(known, given, deps.hostname, deps.prompter);
  if (missing.length > 0) {
    const why = deps.prompter === null ? "there is no terminal to ask on" : "with --non-interactive nothing is asked";
    throw new AgentError("REGISTER_MISSING", `register needs ${missing.join(" and ")}, and ${why}`, {
      hint: "give them as flags, as environment variables, or in a --template-config file",
      exitCode: 2,
    });
  }
  return { ...known, name: known.name || deps.hostname, wiring: known.wiring || "none" };
}

/** The coordinator keeps these for tokens that were made there (protocol section 2.5). */
function checkAttributes(token: GivenToken, attributes: Attributes, authentication: boolean, deps: CommandDeps): void {
  const given = givenAttributes(attributes);
  if (token.kind !== "created" || given.length === 0) return;
  const flags = given.join(", ");
  if (!authentication) {
    deps.say(`WARNING: ${flags} ignored: with an authentication token they are set at the coordinator`);
    return;
  }
  throw new AgentError("REGISTER_ATTRIBUTES", `${flags} can't be given with an authentication token (glrt-)`, {
    hint: "leave them out, and set them on the runner's page at the coordinator",
    exitCode: 2,
  });
}

/** `/cache` is kept between jobs unless the admin says otherwise. */
function withCache(docker: TomlTable): TomlValue {
  const volumes = Array.isArray(docker["volumes"]) ? (docker["volumes"] as string[]) : [];
  const mapped = volumes.some((volume) => String(volume).split(":").includes("/cache"));
  return mapped || docker["disable_cache"] === true ? volumes : [...volumes, "/cache"];
}

const textIn = (table: TomlTable, key: string): string => {
  const value = table[key];
  return typeof value === "string" ? value.trim() : "";
};

const tableIn = (table: TomlTable, key: string): TomlTable => {
  const value = table[key];
  return isTable(value) ? (value as TomlTable) : {};
};
