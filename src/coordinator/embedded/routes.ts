import { appendTrace } from "./endpoints/append-trace.ts";
import { createPipeline } from "./endpoints/create-pipeline.ts";
import { downloadArtifacts, objectStorage } from "./endpoints/download-artifacts.ts";
import { gitAdvertisement, gitUploadPack } from "./endpoints/git.ts";
import { registerRunner } from "./endpoints/register-runner.ts";
import { requestJob } from "./endpoints/request-job.ts";
import { resetToken, resetTokenById } from "./endpoints/reset-token.ts";
import { unregisterManager, unregisterRunner } from "./endpoints/unregister-runner.ts";
import { updateJob } from "./endpoints/update-job.ts";
import { uploadArtifacts } from "./endpoints/upload-artifacts.ts";
import { verifyRunner } from "./endpoints/verify-runner.ts";
import type { Route } from "./exchange.ts";

const api = (path: string) => new RegExp(`^/api/v4/${path}$`);

/** Every address that the coordinator answers (protocol 1.1). */
const routes: readonly Route[] = [
  { name: "register", method: "POST", path: api("runners"), handle: registerRunner },
  { name: "verify", method: "POST", path: api("runners/verify"), handle: verifyRunner },
  { name: "unregister", method: "DELETE", path: api("runners"), handle: unregisterRunner },
  { name: "unregister-manager", method: "DELETE", path: api("runners/managers"), handle: unregisterManager },
  { name: "reset-token", method: "POST", path: api("runners/reset_authentication_token"), handle: resetToken },
  {
    name: "reset-token",
    method: "POST",
    path: api("runners/(\\d+)/reset_authentication_token"),
    handle: resetTokenById,
  },
  { name: "request-job", method: "POST", path: api("jobs/request"), handle: requestJob },
  { name: "update-job", method: "PUT", path: api("jobs/(\\d+)"), handle: updateJob, aboutJob: true },
  { name: "patch-trace", method: "PATCH", path: api("jobs/(\\d+)/trace"), handle: appendTrace, aboutJob: true },
  {
    name: "upload-artifacts",
    method: "POST",
    path: api("jobs/(\\d+)/artifacts"),
    handle: uploadArtifacts,
    aboutJob: true,
  },
  {
    name: "download-artifacts",
    method: "GET",
    path: api("jobs/(\\d+)/artifacts"),
    handle: downloadArtifacts,
    aboutJob: true,
  },
  { name: "other", method: "GET", path: /^\/object-storage\/(\d+)\/([0-9a-f]{64})$/, handle: objectStorage },
  { name: "other", method: "POST", path: api("projects/1/pipeline"), handle: createPipeline },
  {
    name: "other",
    method: "GET",
    path: api("runners/router/discovery"),
    // What a GitLab without the job router says (protocol 11): the runner then keeps to this API.
    handle: async () => ({ status: 501, json: { message: "501 Not Implemented" } }),
  },
  { name: "git", method: "GET", path: /^\/(.+)\.git\/info\/refs$/, handle: gitAdvertisement },
  { name: "git", method: "POST", path: /^\/(.+)\.git\/git-upload-pack$/, handle: gitUploadPack },
];

/** The route of a request with what its pattern captured; "method" when only the method is wrong. */
export function findRoute(method: string, path: string): { route: Route; params: string[] } | "method" | "none" {
  let known = false;
  for (const route of routes) {
    const match = route.path.exec(path);
    if (match === null) continue;
    known = true;
    if (route.method === method) return { route, params: match.slice(1).map(decodeURIComponent) };
  }
  return known ? "method" : "none";
}
