import type { Readable } from "node:stream";
import type Docker from "dockerode";
import { call, quickCallMs } from "./call.ts";
import type { Engine } from "./engine.ts";
import { DockerError, isDockerError } from "./errors.ts";
import type { ImageConfig } from "../job/image-config.ts";
import type { RegistryCredentials } from "./registry-auth.ts";

/** What the daemon knows of an image. */
export interface ImageFacts extends ImageConfig {
  /** `sha256:…` */
  readonly id: string;
  /** `NAME@sha256:…`; "" for an image that came from no registry. */
  readonly digest: string;
  readonly architecture: string;
}

/** null when the daemon has no such image. */
export async function inspectImage(engine: Engine, reference: string, signal: AbortSignal): Promise<ImageFacts | null> {
  try {
    const info = await call(
      `inspect image ${reference}`,
      signal,
      quickCallMs,
      (abortSignal) =>
        engine.getImage(reference).inspect({ abortSignal } as never) as unknown as Promise<Docker.ImageInspectInfo>,
    );
    const entrypoint = info.Config?.Entrypoint;
    return {
      id: info.Id,
      digest: info.RepoDigests?.[0] ?? "",
      user: info.Config?.User ?? "",
      entrypoint: listOf(entrypoint),
      command: listOf(info.Config?.Cmd),
      env: info.Config?.Env ?? [],
      volumes: Object.keys(info.Config?.Volumes ?? {}),
      architecture: info.Architecture,
    };
  } catch (error) {
    if (isDockerError(error, "not-found")) return null;
    throw error;
  }
}

/** An image without any has null here, or nothing, in spite of the client's types. */
function listOf(value: string | string[] | null | undefined): readonly string[] {
  return typeof value === "string" ? [value] : (value ?? []);
}

/**
 * Pulls an image. The daemon answers 200 first and tells of failures in the stream; these are thrown as DockerErrors
 * whose kind is read from the registry's words.
 *
 * @param platform `linux/arm64`; "" for the daemon's own
 */
export async function pullImage(
  engine: Engine,
  reference: string,
  platform: string,
  credentials: RegistryCredentials | null,
  signal: AbortSignal,
): Promise<void> {
  const operation = `pull image ${reference}`;
  await call(operation, signal, null, async (abortSignal) => {
    const stream = (await engine.pull(reference, {
      ...(platform === "" ? {} : { platform }),
      ...(credentials === null ? {} : { authconfig: { ...credentials } }),
      abortSignal,
    })) as unknown as Readable;
    await followPull(operation, stream);
  });
}

async function followPull(operation: string, stream: Readable): Promise<void> {
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) failOnError(operation, line);
  }
  failOnError(operation, rest);
}

function failOnError(operation: string, line: string): void {
  if (line.trim() === "") return;
  const { error } = JSON.parse(line) as { error?: string };
  if (error !== undefined) throw new DockerError(operation, pullErrorKind(error), error, 200);
}

/** Words of the network's and the registry's own trouble: the next try may go well. */
const transient =
  /dial tcp|no such host|connection re(?:fused|set)|i\/o timeout|tls handshake|client\.timeout exceeded|request canceled|unexpected eof|: eof$|server misbehaving|network is unreachable|toomanyrequests|too many requests|\b50[0234] [a-z]/i;

/**
 * The registry's refusal arrives as text only, in the daemon's stream or in the body of its 404 and 500. The text names
 * the image, so single words that an image may be called are not enough.
 */
export function pullErrorKind(text: string): DockerError["kind"] {
  if (transient.test(text)) return "unreachable";
  if (/not found|manifest unknown|repository does not exist|no such image/i.test(text)) return "not-found";
  if (
    /unauthorized|authentication required|no basic auth credentials|access denied|is denied|: denied|incorrect username/i.test(
      text,
    )
  )
    return "unauthorized";
  return "server";
}
