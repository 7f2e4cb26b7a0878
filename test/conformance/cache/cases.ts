import type { Feature } from "../case.ts";
import { localCases } from "./local.ts";
import { archiveCases } from "./packed.ts";
import { remoteCases } from "./remote.ts";
import { prepareStore } from "./stored.ts";

export const feature: Feature = {
  title: "Caches",
  cases: [...localCases, ...remoteCases, ...archiveCases],
  prepare: prepareStore,
  differences: [
    {
      what: "`<cache_dir>/<project>/<key>/cache.zip`, the local copy",
      here: "a directory with the files, `<cache_dir>/<project>/<key>/v.*/tree`; an archive is made only for a remote store",
      why: "saving and restoring without packing take a fraction of the time; a copy of GitLab Runner's in the same volume is not read",
    },
    {
      what: "up- and downloads by the helper, with a signed URL or temporary credentials in its environment",
      here: "by the agent, as a stream between the daemon and the store",
      why: "nothing that opens the store ever gets into a container, and the helper needs no program of ours",
    },
    {
      what: "a local copy is of no use while the store can't be reached",
      here: "the local copy is taken, and the log says that it may be older",
      why: "a job is faster with an older cache than with none",
    },
    {
      what: "FF_USE_PARALLEL_CACHE_TRANSFER",
      here: "without effect: large archives always go in several pieces at once (CACHE_CONCURRENCY, by default 4)",
      why: "one connection to object storage is slow, and ranges are checked by the object's ETag",
    },
    {
      what: "CACHE_TRANSFER_BUFFER_SIZE",
      here: "without effect",
      why: "the streams choose their own",
    },
    {
      what: "FF_USE_LEGACY_S3_CACHE_ADAPTER, FF_USE_LEGACY_GCS_CACHE_ADAPTER",
      here: "without effect",
      why: "there is one way to each store",
    },
    {
      what: "FF_HASH_CACHE_KEYS: the newer of both objects is taken where the key is there hashed and as it is",
      here: "the one of the flag's present setting, else the other",
      why: "a job that runs with the present setting has written it",
    },
    {
      what: "CACHE_FALLBACK_KEY that is the hash of a key",
      here: "refused like one that ends in `-protected`",
      why: "with FF_HASH_CACHE_KEYS the hash of a protected branch's key names its cache, and anybody can compute it",
    },
    {
      what: "[runners.cache.azure] without AccountKey: the machine's Azure identity",
      here: "AccountKey is needed; without it caches stay on the daemon and the log says so",
      why: "Azure's library for identities is larger than the rest of the agent",
    },
  ],
};
