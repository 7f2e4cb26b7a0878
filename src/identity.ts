import { createHash } from "node:crypto";
import type { AgentIdentity } from "./coordinator/info.ts";
import { version } from "./version.ts";

/** Go's names, where they are others than Node's. */
const architectures: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };

/** What this program is called to a coordinator. */
export const identity: AgentIdentity = {
  version,
  revision: createHash("sha256").update(version).digest("hex").slice(0, 8),
  nodeVersion: process.version,
  platform: process.platform,
  architecture: architectures[process.arch] ?? process.arch,
};
