import { bucket, storeAddress, storeKeys } from "../../support/object-store.ts";
import type { CaseConfig } from "../case.ts";

/** Where the store of this run's cases is. */
export const store = storeAddress();

/** As `register` writes it: what lies there stays on the daemon from job to job. */
const kept = 'volumes = ["/cache"]';

/** Jobs of such an entry run in one slot, one after another: what one keeps on the daemon, the next one finds. */
export const oneSlot = (name: string): CaseConfig => ({ name, settings: "limit = 1", docker: kept });

/** Lines for the end of [runners.docker]. */
export function remote(lines = "", s3Lines = "", address = store, secret: string = storeKeys.secret): string {
  return `[runners.cache]
Type = "s3"
${lines}
[runners.cache.s3]
ServerAddress = "${address}"
AccessKey = "${storeKeys.access}"
SecretKey = "${secret}"
BucketName = "${bucket}"
BucketLocation = "us-east-1"
Insecure = true
${s3Lines}
`;
}

/** Nothing stays on the daemon: what a job finds has come from the store. */
export const onlyRemote: CaseConfig = { docker: `disable_cache = true\n${remote()}` };

/** With a copy on the daemon, which the next job of the slot finds. */
export const remoteAndLocal: CaseConfig = { ...oneSlot("copies"), docker: `${kept}\n${remote()}` };
