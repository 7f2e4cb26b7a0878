/** What is known of the daemon that runs a job's containers; one inside the job has to be told most of it as well. */
export interface Surroundings {
  /** MTU for networks on its host; null for Docker's default. */
  readonly networkMtu: number | null;
  readonly registryMirrors: readonly string[];
  /** Names and networks of registries that it trusts unseen. */
  readonly insecureRegistries: readonly string[];
  /** HTTP_PROXY, HTTPS_PROXY and NO_PROXY that it pulls with. */
  readonly proxy: Readonly<Record<string, string>>;
  /** Where containers on its networks reach what is published on its host; "" when not known. */
  readonly hostAddress: string;
  /** The newest Docker API that it speaks, `1.44`; "" when not known. */
  readonly apiVersion: string;
}
