import { canceled, failing, withAfterScript } from "./kinds/ends.ts";
import { artifacts, cache, sources } from "./kinds/files.ts";
import type { JobKind } from "./kinds/kind.ts";
import { bothStreams, flood, masked, plain, silent } from "./kinds/output.ts";
import { dind, services, socket, tcp } from "./kinds/surroundings.ts";

/** Every kind of job that a chaos run gives out by itself. */
export const jobKinds: readonly JobKind[] = [
  plain,
  bothStreams,
  silent,
  flood,
  masked,
  withAfterScript,
  failing,
  canceled,
  sources,
  cache,
  artifacts,
  services,
  socket,
  tcp,
  dind,
];
