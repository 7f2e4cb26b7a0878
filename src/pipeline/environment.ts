import { createHash } from "node:crypto";
import { expandKnown } from "./expand.ts";
import { child, choiceOf, isMapField, reject, textOf, type Field } from "./field.ts";
import { checkKeywords, keywordTables } from "./keywords.ts";
import { plainVariables, type Variables } from "./variables.ts";

export interface Environment {
  readonly name: string;
  /** "" for none. */
  readonly url: string;
}

const maxSlugLength = 24;

/** `environment:`, a name or a map. Of the map only name and url matter to a job. */
export function readEnvironment(field: Field): Environment | null {
  if (!isMapField(field)) return named(field);
  checkKeywords(field, keywordTables.environment, "'environment'");
  const action = child(field, "action");
  if (action !== null) choiceOf(action, ["start", "prepare", "stop", "verify", "access"]);
  const url = child(field, "url");
  const name = child(field, "name");
  if (name === null) return reject(field, "The environment has no name.", "Add `name:`.");
  const environment = named(name);
  return environment === null ? null : { ...environment, url: url === null ? "" : (textOf(url) ?? "") };
}

function named(field: Field): Environment | null {
  const name = textOf(field);
  if (name !== null && !/^[\w .${}/-]+$/.test(name)) {
    return reject(
      field,
      `'${name}' is no name of an environment.`,
      "Use letters, digits, spaces and - _ / $ { } . only.",
    );
  }
  return name === null ? null : { name, url: "" };
}

/** The variables that a job with an environment finds; the url is left for the runner to expand. */
export function environmentVariables(environment: Environment | null, scope: ReadonlyMap<string, string>): Variables {
  if (environment === null) return plainVariables([]);
  const name = expandKnown(environment.name, scope);
  const variables: [string, string][] = [
    ["CI_ENVIRONMENT_NAME", name],
    ["CI_ENVIRONMENT_SLUG", environmentSlug(name)],
  ];
  if (environment.url !== "") variables.push(["CI_ENVIRONMENT_URL", environment.url]);
  return plainVariables(variables);
}

/** A DNS-safe form of at most 24 characters; whatever loses information gets the end of the name's hash. */
export function environmentSlug(name: string): string {
  const dashed = name.toLowerCase().replaceAll(/[^a-z0-9]/g, "-");
  const slug = (/^[a-z]/.test(dashed) ? dashed : `env-${dashed}`).replaceAll(/-{2,}/g, "-");
  if (slug.length <= maxSlugLength && slug === name) return slug.replace(/-$/, "");
  const short = slug.slice(0, 17);
  const hash = BigInt(`0x${createHash("sha256").update(name).digest("hex")}`).toString(36);
  return `${short}${short.endsWith("-") ? "" : "-"}${hash.slice(-6)}`;
}
