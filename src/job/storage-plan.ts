/**
 * Where the job's own daemon keeps images and layers, when that outlives the job. Of the volumes
 * `<volumeBase>-<the agent's>-0`, `-1` … the job gets one that no other job has.
 */
export interface StoragePlan {
  /** `index` of the service that is that daemon. */
  readonly service: number;
  readonly volumeBase: string;
  readonly destination: string;
  readonly labels: Readonly<Record<string, string>>;
  /** 0 for no bound. */
  readonly maxBytes: number;
  /** 0 for no bound. */
  readonly maxAgeMs: number;
}
