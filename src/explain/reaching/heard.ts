import type { Evidence } from "../evidence.ts";
import { lastCommand } from "../last-command.ts";
import { isQuote } from "../lines.ts";
import { isOfReport } from "../reports.ts";

/** What the runner's own checks say, when they end a job before its script. */
export const ofRunner = /^the Docker daemon (?:of this job \(|\S+ can't be reached from the job)/;

/** Of a program that goes on without a daemon nobody hears at the end. */
const linesOfPrograms = 6;
/** Testcontainers' own sentences: what comes after them are traces and reports of tests. */
const ofTestcontainers =
  /Could not find a (?:valid Docker environment|working container runtime strategy)|rootless Docker not found, failed to create Docker provider|BadRequestException: Status 400: /;
const linesOfTestcontainers = 60;
/** What a runtime adds below an error. */
const trace =
  /^(?:\s+at |\s*(?:errno|code|syscall|address|port|path|hostname): |[{}]$|Node\.js v|npm (?:ERR!|error)|\s*\.\.\. \d+ more)/;
/** pytest's reason why a test failed. */
const ofFailedTest = /^(?:E {2,}|(?:FAILED|ERROR) \S+ - )/;
/** One of several places where a scanner looked for an image. */
const oneOfSeveral = /^\s*[*-] [\w-]+(?: error)?: /;
/** Said in a container, and passed on with its name; said by a step of a build. */
const inContainer = /^[^"|│]{0,40}[|│]|^#\d+ \d+\.\d+ /;
/** What docker itself says where it shows what a container prints. */
const dockers =
  /^(?:docker: |(?:ERROR: |unable to get image '[^']*': )?(?:Error response from daemon|error during connect|Cannot connect to the Docker daemon|Couldn't connect to Docker daemon|failed to connect to the docker API|permission denied while trying to connect to the (?:Docker|docker)|Get "https?:)|(?:Failed to initialize: )?unable to resolve docker endpoint|Error: unable to resolve docker endpoint|(?:docker|requests|urllib3)\.\w*\.?\w+: |could not read CA certificate|Could not load X509)/;
/** `docker run` marks what it says itself. */
const marked =
  /^(?:docker: |(?:Failed to initialize: )?unable to resolve docker endpoint|could not read CA certificate)/;
const linesOfDocker = 5;

/**
 * What counts as said about the way to a daemon when a job fails: the end of its last command's output, for the script
 * went on after all others, and how it ended. Where a daemon was missed elsewhere or in a container, nothing does.
 */
export function lastWords({ output, failure }: Evidence): readonly string[] {
  const { command, kind, printed } = lastCommand(output);
  const lines = printed.filter((line) => !isQuote(line) && !oneOfSeveral.test(line) && !inContainer.test(line));
  if (failure?.exitCode === null) {
    // How the runner fails to reach its own daemon is another matter.
    const said = ofRunner.test(failure.message) ? [failure.message] : [];
    return kind === "docker" || kind === "inside" ? [...ofDocker(command, kind, lines), ...said] : said;
  }
  if (kind === "elsewhere") return [];
  return kind === "program" ? ofProgram(printed, lines) : ofDocker(command, kind, lines);
}

/** True when the command that ended the script is docker's own: what it says of its daemon holds, whatever else is known. */
export function endedByDocker({ output }: Evidence): boolean {
  const { kind } = lastCommand(output);
  return kind === "docker" || kind === "inside";
}

function ofDocker(command: string, kind: "docker" | "inside", lines: readonly string[]): readonly string[] {
  if (kind === "docker") return lines;
  const own = /^\S*docker run\s/.test(command) ? marked : dockers;
  return lines.slice(-linesOfDocker).filter((line) => own.test(line));
}

function ofProgram(printed: readonly string[], lines: readonly string[]): readonly string[] {
  const last = lines.filter((line) => !trace.test(line)).slice(-linesOfPrograms);
  const isTested = printed.slice(-linesOfPrograms).some(isOfReport);
  const heard = isTested ? last.filter((line) => ofFailedTest.test(line)) : last;
  const before = lines.slice(-linesOfTestcontainers).filter((line) => ofTestcontainers.test(line));
  return [...before.filter((line) => !heard.includes(line)), ...heard];
}
