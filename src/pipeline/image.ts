import {
  child,
  choiceOf,
  isMapField,
  itemsOf,
  reject,
  scalarTextOf,
  textOf,
  textsOf,
  type Field,
  type MapField,
} from "./field.ts";
import { checkKeywords, keywordTables } from "./keywords.ts";
import type { PipelineImage } from "./pipeline.ts";
import { readVariables } from "./variables.ts";

const pullPolicies = ["always", "never", "if-not-present"] as const;

const plainImage: PipelineImage = {
  name: "",
  alias: "",
  entrypoint: null,
  command: null,
  variables: [],
  pullPolicy: [],
  docker: { platform: "", user: "" },
};

/** `image:`, as a name or as a map. */
export function readImage(field: Field): PipelineImage | null {
  if (!isMapField(field)) return readName(field);
  checkKeywords(field, keywordTables.image, "'image'");
  return readMap(field);
}

/** `services:`; an invalid one is reported and left out. */
export function readServices(field: Field): readonly PipelineImage[] {
  if (field.node.kind !== "list") reject(field, "services has to be a list.", "Put a `- ` before each service.");
  return itemsOf(field)
    .map(readService)
    .filter((service) => service !== null);
}

function readService(field: Field): PipelineImage | null {
  if (!isMapField(field)) return readName(field);
  checkKeywords(field, keywordTables.service, "a service");
  const image = readMap(field);
  if (image === null) return null;
  const alias = child(field, "alias");
  const command = child(field, "command");
  const variables = child(field, "variables");
  return {
    ...image,
    alias: alias === null ? "" : (textOf(alias) ?? ""),
    command: command === null ? null : textsOf(command),
    variables: variables === null ? [] : [...readVariables(variables, null).values()],
  };
}

function readName(field: Field): PipelineImage | null {
  const name = textOf(field);
  if (name === "") return reject(field, "The name of the image is empty.", "Name an image, e.g. alpine:3.20.");
  return name === null ? null : { ...plainImage, name };
}

function readMap(field: MapField): PipelineImage | null {
  const nameField = child(field, "name");
  if (nameField === null) return reject(field, "The image has no name.", "Add `name:`.");
  const named = readName(nameField);
  const entrypoint = child(field, "entrypoint");
  const policy = child(field, "pull_policy");
  const docker = child(field, "docker");
  const image = {
    entrypoint: entrypoint === null ? null : textsOf(entrypoint),
    pullPolicy: policy === null ? [] : readPullPolicy(policy),
    docker: docker === null ? plainImage.docker : readDocker(docker),
  };
  return named === null ? null : { ...named, ...image };
}

function readPullPolicy(field: Field): readonly string[] {
  const items = field.node.kind === "list" ? itemsOf(field) : [field];
  return items.map((item) => choiceOf(item, pullPolicies)).filter((policy) => policy !== null);
}

function readDocker(field: Field): PipelineImage["docker"] {
  if (!isMapField(field)) {
    reject(field, "docker has to be a map.", "Write platform: or user: below it.");
    return plainImage.docker;
  }
  checkKeywords(field, keywordTables.docker, "'docker'");
  const platform = child(field, "platform");
  const user = child(field, "user");
  return {
    platform: platform === null ? "" : (textOf(platform) ?? ""),
    user: user === null ? "" : (scalarTextOf(user) ?? ""),
  };
}
