import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { issueDaemonCertificates } from "../../src/daemon/certificates.ts";

/**
 * Speaks a registry's API and gives nothing away. The first part of a repository's name says how it refuses:
 * `HOST/limited/app:1` is one pull too many.
 */
export interface RefusingRegistry extends AsyncDisposable {
  /** On loopback, where daemons take a registry without TLS. */
  readonly local: string;
  /** The same at `address`, where they want TLS. */
  readonly plain: string;
  /** There behind TLS, with a certificate of an authority that nobody knows. */
  readonly unknown: string;
}

type Answer = readonly [status: number, code: string, message: string];

const limitReached =
  "You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit";
const answers: Readonly<Record<string, Answer>> = {
  login: [401, "UNAUTHORIZED", "authentication required"],
  private: [403, "DENIED", "requested access to the resource is denied"],
  missing: [404, "MANIFEST_UNKNOWN", "manifest unknown"],
  limited: [429, "TOOMANYREQUESTS", limitReached],
};
const listType = "application/vnd.docker.distribution.manifest.list.v2+json";
/** An image for one processor that the tests' machines don't have. */
const foreignList = JSON.stringify({
  schemaVersion: 2,
  mediaType: listType,
  manifests: [
    {
      mediaType: "application/vnd.docker.distribution.manifest.v2+json",
      size: 500,
      digest: `sha256:${"a".repeat(64)}`,
      platform: { architecture: "s390x", os: "linux" },
    },
  ],
});
const lifetimeMs = 3_600_000;

const serve: RequestListener = ({ url = "" }, response) => {
  const kind = url.split("/")[2] ?? "";
  if (kind === "") {
    response.writeHead(200, { "Docker-Distribution-Api-Version": "registry/2.0" }).end("{}");
  } else if (kind === "foreign") {
    response.writeHead(200, { "Content-Type": listType }).end(foreignList);
  } else {
    const [status, code, message] = answers[kind] ?? (answers["missing"] as Answer);
    response
      .writeHead(status, {
        "Content-Type": "application/json",
        ...(status === 401 ? { "WWW-Authenticate": 'Basic realm="registry"' } : {}),
      })
      .end(JSON.stringify({ errors: [{ code, message, detail: {} }] }));
  }
};

/** @param address of this machine, as the daemon reaches it */
export async function startRefusingRegistry(address: string): Promise<RefusingRegistry> {
  const { server: own } = await issueDaemonCertificates([address], Date.now(), lifetimeMs);
  const servers = [
    createServer(serve),
    createServer(serve),
    createSecureServer({ cert: own.cert, key: own.key }, serve),
  ];
  const hosts = ["127.0.0.1", address, address];
  const [local = "", plain = "", unknown = ""] = await Promise.all(
    servers.map(async (server, at) => `${hosts[at] ?? ""}:${await listen(server, hosts[at] ?? "")}`),
  );
  return {
    local,
    plain,
    unknown,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(servers.map(close));
    },
  };
}

function listen(server: Server, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => void server.close(() => resolve()));
}
