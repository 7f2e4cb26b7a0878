import type { Evidence } from "../evidence.ts";
import type { Finding, Rule } from "../rule.ts";
import { findLine, lastLines, lineOf, nothingRan, ownLines } from "./ending.ts";
import { hostArchitecture } from "./processor.ts";

/** What the kernel's ENOEXEC looks like as a container's last words: runc up to 1.1, and since. */
const ofContainer: readonly RegExp[] = [
  /^(?:[\w.-]+\s+\| )?(?:#\d+ [\d.]+ )?exec (?<program>\/\S+): exec format error$/,
  /standard_init_linux\.go:\d+: exec user process caused:? "?exec format error"?/,
  /OCI runtime (?:create|exec) failed: .*exec format error/,
  // BuildKit's emulator, for a platform that it has none for.
  /(?<!\S)(?<program>\/\S+): Invalid ELF image for this architecture$/,
];
/** bash; dash and busybox; Go's programs. */
const ofCommand: readonly RegExp[] = [
  /(?<![^\s:])(?<program>[^\s:]+): cannot execute binary file: Exec format error$/,
  /^(?:\S*sh: )?(?:\d+: )?(?<program>[./][^\s:]*): Exec format error$/,
  /fork\/exec (?<program>\/\S+): exec format error$/,
];
const mismatch =
  /requested image's platform \((?<image>\S+)\) does not match the detected host platform \((?<host>\S+?)\)/;

/** A binary for another processor, or a script that doesn't begin with `#!`. */
export const execFormatError: Rule = {
  name: "exec-format-error",
  of: "failed",
  explain: (evidence) => {
    if (evidence.failure?.exitCode == null) return null;
    const own = nothingRan(evidence) ? findLine(lastLines(evidence, 3), ofContainer) : null;
    if (own !== null) return ofBuild(evidence, own);
    const lines = lastLines(evidence, 15);
    const inDocker = findLine(lines, ofContainer);
    if (inDocker !== null) return ofContainerInJob(evidence, inDocker);
    const command = findLine(ownLines(evidence, 4), ofCommand);
    return command === null ? null : ofProgram(evidence, command);
  },
};

function ofBuild(evidence: Evidence, match: RegExpExecArray): Finding {
  const { image, architecture } = evidence.build;
  const host = hostArchitecture(evidence);
  const isForeign = architecture !== "" && host !== "" && architecture !== host;
  const program = match.groups?.["program"] ?? "its first program";
  return {
    cause: isForeign
      ? `the image ${image} is made for ${architecture}, and this runner's machine is ${host}`
      : `the image ${image} does not start: ${program} is a program for another processor, or a script without #! in its first line`,
    seen: lineOf(match),
    author: isForeign
      ? `use an image or tag that has ${host}, or tags: of a runner on ${architecture}`
      : `use an image made for ${host === "" ? "this machine" : host}; an entrypoint that is a script must begin with #!/bin/sh`,
    admin: isForeign
      ? `a runner for ${architecture} needs such a machine, or QEMU: docker run --privileged --rm tonistiigi/binfmt --install ${architecture}`
      : "",
  };
}

function ofContainerInJob(evidence: Evidence, match: RegExpExecArray): Finding {
  const host = hostArchitecture(evidence);
  const program = match.groups?.["program"] ?? "a program";
  const warned = findLine(lastLines(evidence, 60), [mismatch])?.groups;
  return {
    cause: warned
      ? `an image that the job runs is made for ${warned["image"]}, and the daemon's machine is ${warned["host"]}`
      : `${program} of an image that the job builds or runs is a program for another processor, or a script without #! in its first line`,
    seen: lineOf(match),
    author: `pull or build the image for this machine: --platform linux/${host === "" ? "amd64" : host}; a script as entrypoint must begin with #!/bin/sh`,
    admin: "",
  };
}

function ofProgram(evidence: Evidence, match: RegExpExecArray): Finding {
  const host = hostArchitecture(evidence);
  const program = match.groups?.["program"] as string;
  return {
    cause: `${program} is a program for another processor than this machine's${host === "" ? "" : ` (${host})`}, or not a program at all`,
    seen: lineOf(match),
    author: `get it for linux/${host === "" ? "the machine's processor" : host}; \`file ${program}\` says what it is`,
    admin: "",
  };
}
