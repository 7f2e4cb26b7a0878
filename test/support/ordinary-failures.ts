import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ClientEvidence, Evidence, ServiceEvidence } from "../../src/explain/evidence.ts";
import { evidenceOf, serviceEvidence } from "./evidence.ts";

const fixtures = join(import.meta.dirname, "../fixtures");

/** An output of a tool that fails, in a job whose surroundings are sound as far as the record says nothing else. */
export interface RecordedFailure {
  /** `file/record`. */
  readonly title: string;
  readonly evidence: Evidence;
  /** The rule that is to explain it; "" for none. */
  readonly want: string;
}

export type Surroundings = ClientEvidence["wiring"] | "own-dind";
export const surroundings: readonly Surroundings[] = ["none", "socket", "dind", "tcp", "own-dind"];

const mounted = { source: "/var/run/docker.sock", destination: "/var/run/docker.sock" };
const tls = { host: "tcp://docker:2376", tlsVerify: "1", certPath: "/certs/client" };

/** What fails for reasons of its own. `inside` puts every record into the same surroundings instead of its own. */
export function ordinaryFailures(inside?: Surroundings): RecordedFailure[] {
  return readFolder("ordinary-failures", inside);
}

/** Faults that a rule is to explain, as versions of docker and other clients tell of them. */
export function madeFailures(): RecordedFailure[] {
  return readFolder("made-failures");
}

/**
 * All records of a folder. A record begins with `@@@ name key=value …`: exit, image, services (`image!code` for one
 * that has ended), wiring, user, want.
 */
function readFolder(folder: string, inside?: Surroundings): RecordedFailure[] {
  return readdirSync(join(fixtures, folder)).flatMap((file) =>
    readFileSync(join(fixtures, folder, file), "utf8")
      .split(/^@@@ /m)
      .slice(1)
      .map((record) => readRecord(file.replace(/\.txt$/, ""), record, inside)),
  );
}

function readRecord(file: string, record: string, inside: Surroundings | undefined): RecordedFailure {
  const [header = "", ...output] = record.trimEnd().split("\n");
  const [name, ...pairs] = header.split(" ");
  const values = Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
  const exitCode = Number(values["exit"]);
  const services = (values["services"] ?? "")
    .split(",")
    .filter((service) => service !== "")
    .map(readService);
  const wiring = inside ?? (values["wiring"] as Surroundings | undefined) ?? "none";
  const client = wiring === "own-dind" ? "none" : wiring;
  const base = evidenceOf();
  const hasOwnDaemon = wiring === "own-dind" || services.some((service) => service.isDaemon);
  return {
    title: `${file}/${name}`,
    want: values["want"] ?? "",
    evidence: evidenceOf({
      failure: { exitCode, reason: "script_failure", message: `exit code ${exitCode}` },
      output,
      build: {
        ...base.build,
        image: values["image"] ?? "",
        user: values["user"] ?? "",
        mounts: wiring === "socket" ? [...base.build.mounts, mounted] : base.build.mounts,
        state: { running: false, exitCode, oomKilled: false, error: "" },
      },
      services: [
        ...services,
        ...(wiring === "own-dind" ? [readService("docker:27-dind")] : []),
        ...(wiring === "dind" ? [{ ...readService("docker:27-dind"), name: "docker", isSidecar: true }] : []),
      ],
      client: {
        ...base.client,
        wiring: client,
        ...(wiring === "dind" || hasOwnDaemon ? tls : {}),
        ...(wiring === "tcp" ? { ...tls, host: "tcp://10.1.2.3:2376" } : {}),
        ...(wiring === "socket" ? { socket: "/var/run/docker.sock" } : {}),
      },
    }),
  };
}

function readService(text: string): ServiceEvidence {
  const [image = "", code] = text.split("!");
  const isDaemon = image.includes("dind");
  const repository = image.replace(/:[^/]*$/, "");
  return serviceEvidence({
    name: image,
    image,
    aliases: [repository.replaceAll("/", "__"), repository.replaceAll("/", "-")],
    isDaemon,
    privileged: isDaemon,
    environment: isDaemon ? ["DOCKER_TLS_CERTDIR=/certs"] : [],
    state: { running: code === undefined, exitCode: Number(code ?? 0), oomKilled: false, error: "" },
    log:
      code === undefined
        ? [isDaemon ? 'level=info msg="API listen on [::]:2376"' : "ready for connections"]
        : ["starting", "Error: something of its own"],
  });
}
