import type { PipelineJob } from "../../../../src/pipeline/pipeline.ts";

/** A job with the defaults that the compiler fills in. */
export function pipelineJob(job: Partial<PipelineJob> & { readonly name: string }): PipelineJob {
  return {
    baseName: job.name,
    stage: "test",
    image: null,
    services: [],
    variables: [],
    inputs: [],
    beforeScript: [],
    script: ["true"],
    afterScript: [],
    hooks: { pre_get_sources_script: [] },
    caches: [],
    artifacts: null,
    dependencies: null,
    needs: null,
    when: "on_success",
    startInSeconds: 0,
    allowFailure: false,
    retry: { max: 0, when: [], exitCodes: [] },
    timeoutSeconds: null,
    tags: [],
    parallel: null,
    ...job,
  };
}
