import { artifacts } from "./cases/artifacts.ts";
import { cache } from "./cases/cache.ts";
import { dindPlain } from "./cases/dind-plain.ts";
import { dindTls } from "./cases/dind-tls.ts";
import { idle } from "./cases/idle.ts";
import { latency } from "./cases/latency.ts";
import { leasedDind } from "./cases/leased-dind.ts";
import { log } from "./cases/log.ts";
import { logMemory } from "./cases/log-memory.ts";
import { masker } from "./cases/masker.ts";
import { scale } from "./cases/scale.ts";
import { smallJob } from "./cases/small-job.ts";
import { start } from "./cases/start.ts";
import { throughput } from "./cases/throughput.ts";
import type { BenchCase } from "./site.ts";

/** Every case, in the order in which they run. */
export const benchCases: readonly BenchCase[] = [
  start,
  smallJob,
  throughput,
  log,
  logMemory,
  masker,
  latency,
  artifacts,
  cache,
  dindTls,
  dindPlain,
  idle,
  scale,
  leasedDind,
];
