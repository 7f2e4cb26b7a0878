import * as fc from "fast-check";
import { formatDuration, parseDuration } from "../../src/config/duration.ts";
import { configuredKeys } from "../../src/job/daemon-json.ts";
import { reachablePorts, readDockerdArguments } from "../../src/job/dockerd-arguments.ts";
import { parseGpus } from "../../src/job/gpus.ts";
import { goDuration } from "../../src/job/labels.ts";
import { rfc1123 } from "../../src/job/names.ts";
import { jobSettings } from "../../src/job/plan-settings.ts";
import { memoryBytes, nanoCpus } from "../../src/job/sizes.ts";
import { internal, Variables } from "../../src/job/variables.ts";
import { parseDuration as parseWords } from "../../src/pipeline/duration.ts";
import { hold, holdEqual, unlessRefused } from "../hold.ts";
import type { FuzzTarget } from "../target.ts";
import { hostileText } from "../texts.ts";

const numbers = ["0", "1", "12", "1.5", ".", "-", "+", "999999999999999999", "1e9", " "];

/** Memory sizes, CPUs and durations in all their spellings: a finite number, or a refusal. */
export const amounts: FuzzTarget<string> = {
  name: "amounts",
  share: 60,
  arbitrary: hostileText(
    [
      ...numbers,
      "k",
      "M",
      "gb",
      "kib",
      "t",
      "p",
      "s",
      "m",
      "h",
      "ms",
      "us",
      "µs",
      "ns",
      "day",
      "days",
      "and",
      ",",
      "week",
      "2h20min",
      ":",
      "a",
    ],
    { longest: 100_000, pieces: 6 },
  ),
  check(text) {
    const bytes = unlessRefused(["CONFIG_MEMORY"], () => memoryBytes("memory", text));
    hold(bytes === null || (Number.isSafeInteger(bytes) && bytes >= -1), "a memory size is a whole number");
    const cpus = unlessRefused(["CONFIG_CPUS"], () => nanoCpus("cpus", text));
    hold(
      cpus === null || (Number.isSafeInteger(cpus) && cpus >= 0),
      "a number of CPUs is a whole number of billionths",
    );
    const ms = parseDuration(text);
    hold(ms === null || Number.isFinite(ms), "a duration is finite");
    if (ms !== null && Math.abs(ms) < 2 ** 53)
      holdEqual(parseDuration(formatDuration(ms)), Math.trunc(ms) + 0, "a duration that is written is read");
    const seconds = parseWords(text);
    hold(seconds === null || (Number.isSafeInteger(seconds) && seconds >= 0), "a duration in words is whole seconds");
    const variables = new Variables(
      ["RUNNER_SCRIPT_TIMEOUT", "RUNNER_AFTER_SCRIPT_TIMEOUT", "GET_SOURCES_ATTEMPTS"].map((key) =>
        internal(key, text),
      ),
    );
    const { scriptTimeoutSeconds: script, afterScriptTimeoutSeconds: after, attempts } = jobSettings(variables, 3600);
    hold(script === null || (script > 0 && script <= 3600), "a script's limit is within the job's");
    hold(after > 0 && after <= 3600, "after_script's limit is within the job's");
    hold(attempts.getSources >= 1 && attempts.getSources <= 10, "attempts are from 1 to 10");
    if (seconds !== null) goDuration(seconds);
  },
};

const argument = hostileText(
  [
    "--",
    "-",
    "H",
    "host",
    "=",
    "tcp://",
    "0.0.0.0",
    ":2375",
    "[::]",
    "localhost",
    "--tls",
    "--tlsverify",
    "false",
    "--config-file",
    "/etc/x",
    "unix:///x",
    "--mtu=1",
  ],
  { longest: 50_000, pieces: 5 },
);

/** Arguments of dockerd, its daemon.json, GPU requests and names: what a job's author writes beside the script. */
export const daemonArguments: FuzzTarget<{ readonly args: readonly string[]; readonly text: string }> = {
  name: "daemon-arguments",
  share: 50,
  arbitrary: fc.record({
    args: fc.array(argument, { maxLength: 5 }),
    text: hostileText(
      [
        "all",
        "device=",
        "count=",
        "driver=",
        "capabilities=",
        ",",
        '"',
        "1",
        "{",
        "}",
        "[",
        "]",
        ":",
        '"tls"',
        "null",
        "A",
        "-",
      ],
      { longest: 50_000 },
    ),
  }),
  check({ args, text }) {
    const { hosts, names } = readDockerdArguments(args);
    for (const port of reachablePorts(hosts)) hold(Number.isSafeInteger(port) && port <= 65_535, "a port is a port");
    hold(
      [...names].every((name) => /^[A-Za-z0-9-]+$/.test(name)),
      "names of options are words",
    );
    hold(configuredKeys(text) instanceof Set, "a daemon.json has keys");
    const gpus = unlessRefused(["CONFIG_GPUS"], () => parseGpus("gpus", text));
    if (gpus !== null) hold(Number.isSafeInteger(gpus.count), "a number of GPUs is whole");
    const name = rfc1123(text);
    hold(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)?$/.test(name), "a host name is one");
  },
};
