import type { FuzzTarget } from "./target.ts";
import { amounts, daemonArguments } from "./targets/amounts.ts";
import { archives, tarStreams, unpackGuard } from "./targets/archives.ts";
import { configEdit } from "./targets/config-edit.ts";
import { configText } from "./targets/config-text.ts";
import { demuxed, firstFile, multipart } from "./targets/demux.ts";
import { expansion } from "./targets/expand.ts";
import { gitConfig } from "./targets/git-config.ts";
import { cacheKeys, globs } from "./targets/globs.ts";
import { bodies, headers } from "./targets/headers.ts";
import { images, registryAuth } from "./targets/images.ts";
import { inputs } from "./targets/inputs.ts";
import { journalFiles, journalRecords } from "./targets/journal.ts";
import { payload, plan } from "./targets/payload.ts";
import { pipelineGlobs } from "./targets/pipeline-globs.ts";
import { conditions, pipeline } from "./targets/pipeline.ts";
import { filters, masks } from "./targets/trace.ts";
import { tails } from "./targets/log-tail.ts";
import { volumes } from "./targets/volumes.ts";

export const fuzzTargets: readonly FuzzTarget[] = [
  configText,
  configEdit,
  payload,
  plan,
  volumes,
  images,
  registryAuth,
  globs,
  cacheKeys,
  amounts,
  daemonArguments,
  expansion,
  inputs,
  gitConfig,
  headers,
  bodies,
  pipeline,
  conditions,
  pipelineGlobs,
  filters,
  masks,
  tails,
  journalRecords,
  journalFiles,
  demuxed,
  firstFile,
  multipart,
  archives,
  unpackGuard,
  tarStreams,
];
