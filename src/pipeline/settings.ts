import { readArtifacts } from "./artifacts.ts";
import { readCaches } from "./cache.ts";
import { child, flagOf, isMapField, reject, textsOf, type Field, type MapField } from "./field.ts";
import { readImage, readServices } from "./image.ts";
import { checkKeywords, keywordTables } from "./keywords.ts";
import type { PipelineArtifacts, PipelineCache, PipelineImage, PipelineJob } from "./pipeline.ts";
import { readRetry } from "./retry.ts";
import { readScript } from "./script.ts";
import { readTimeout } from "./timing.ts";

/** The keywords that `default:` can give to all jobs. null: not set (or set to null, which GitLab treats alike). */
export interface Settings {
  readonly image: PipelineImage | null;
  readonly services: readonly PipelineImage[] | null;
  readonly before_script: readonly string[] | null;
  readonly after_script: readonly string[] | null;
  readonly cache: readonly PipelineCache[] | null;
  readonly artifacts: PipelineArtifacts | null;
  readonly retry: PipelineJob["retry"] | null;
  readonly tags: readonly string[] | null;
  readonly timeout: number | null;
  readonly interruptible: boolean | null;
  readonly hooks: PipelineJob["hooks"] | null;
}

export const settingNames: readonly (keyof Settings)[] = [
  "image",
  "services",
  "before_script",
  "after_script",
  "cache",
  "artifacts",
  "retry",
  "tags",
  "timeout",
  "interruptible",
  "hooks",
];

/** Those that may still stand at the top of the file, outside `default:`. */
const legacyNames = ["image", "services", "before_script", "after_script", "cache"] as const;

export function readSettings(map: MapField): Settings {
  const read = <T>(key: keyof Settings, reader: (field: Field) => T | null): T | null => {
    const field = child(map, key);
    return field === null ? null : reader(field);
  };
  return {
    image: read("image", readImage),
    services: read("services", readServices),
    before_script: read("before_script", readScript),
    after_script: read("after_script", readScript),
    cache: read("cache", readCaches),
    artifacts: read("artifacts", readArtifacts),
    retry: read("retry", readRetry),
    tags: read("tags", (field) => textsOf(field, { nested: true })),
    timeout: read("timeout", readTimeout),
    interruptible: read("interruptible", flagOf),
    hooks: read("hooks", readHooks),
  };
}

function readHooks(field: Field): PipelineJob["hooks"] | null {
  if (!isMapField(field)) return reject(field, "hooks has to be a map.", "Write pre_get_sources_script: below it.");
  checkKeywords(field, keywordTables.hooks, "'hooks'");
  const script = child(field, "pre_get_sources_script");
  return { pre_get_sources_script: script === null ? [] : readScript(script) };
}

/** `default:` together with the older keywords at the top of the file. */
export function readDefaults(root: MapField): Settings {
  const field = child(root, "default");
  const legacy = readSettings({ ...root, node: { ...root.node, entries: onlyLegacy(root) } });
  if (field === null) return legacy;
  if (!isMapField(field)) {
    reject(field, "default has to be a map.", "Write keywords like image: below it.");
    return legacy;
  }
  checkKeywords(field, keywordTables.default, "'default'");
  for (const name of legacyNames) {
    const twice = child(root, name);
    if (twice !== null && child(field, name) !== null) {
      reject(twice, `'${name}' stands both at the top and in default.`, "Remove the one at the top.");
    }
  }
  const own = readSettings(field);
  return {
    ...own,
    ...Object.fromEntries(legacyNames.filter((name) => own[name] === null).map((name) => [name, legacy[name]])),
  };
}

function onlyLegacy(root: MapField): MapField["node"]["entries"] {
  const names: readonly string[] = legacyNames;
  return new Map([...root.node.entries].filter(([key]) => names.includes(key)));
}

/** A job's own settings over the defaults that it inherits. */
export function inheritSettings(
  own: Settings,
  defaults: Settings,
  inherits: (name: keyof Settings) => boolean,
): Settings {
  const inherited = settingNames
    .filter((name) => own[name] === null && inherits(name))
    .map((name) => [name, defaults[name]]);
  return { ...own, ...Object.fromEntries(inherited) };
}
