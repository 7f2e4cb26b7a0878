import { expect } from "vitest";
import { images } from "../../support/engine.ts";
import type { Case } from "../case.ts";
import { project } from "./project.ts";

const forbidden = { flags: "FF_TIMESTAMPS = false\nFF_SCRIPT_SECTIONS = false" };
const twoLines = "echo one\necho two";
/** As it is without FF_SCRIPT_SECTIONS. */
const shownInPart = "$ echo one # collapsed multi-line command\none\ntwo\n";

/** FF_*: how they are read, and what those change that are no other feature's. */
export const flagCases: readonly Case[] = [
  {
    title: "every feature flag is a variable that is true or false",
    prove: async (world) => {
      const { log } = await world.run({ script: ["env | grep ^FF_ | sort"] });
      const flags = [...log.matchAll(/^(FF_\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]);
      expect(flags.length).toBeGreaterThan(20);
      expect(new Set(flags.map(([, value]) => value))).toEqual(new Set(["true", "false"]));
      const values = Object.fromEntries(flags) as Record<string, string>;
      expect([values["FF_NETWORK_PER_BUILD"], values["FF_USE_DIRECT_DOWNLOAD"]]).toEqual(["false", "true"]);
    },
  },
  {
    title: "a flag of the job is read as a boolean, and shown in the log's head",
    job: { script: ["true"], variables: { FF_SCRIPT_SECTIONS: "1" } },
    observed: { log: [/^ +feature flags: .*FF_SCRIPT_SECTIONS:true/m] },
  },
  {
    title: "[runners.feature_flags] wins over the job's variable",
    config: forbidden,
    job: { script: [twoLines], variables: { FF_SCRIPT_SECTIONS: "true" } },
    observed: { log: [shownInPart], absent: ["FF_SCRIPT_SECTIONS:true"] },
  },
  {
    title: "a flag whose value is no boolean has its default, and a warning",
    job: { script: [twoLines], variables: { FF_SCRIPT_SECTIONS: "perhaps" } },
    observed: { log: [/WARNING: .*FF_SCRIPT_SECTIONS/, shownInPart], absent: ["FF_SCRIPT_SECTIONS:true"] },
  },
  {
    title: "a script finds in a flag's variable what counts: true or false, whatever the job's variable says",
    differs: "before version 18.4 it finds the job's text",
    config: forbidden,
    job: {
      script: ["echo flags: $FF_SCRIPT_SECTIONS $FF_ENABLE_BASH_EXIT_CODE_CHECK $FF_NETWORK_PER_BUILD"],
      variables: {
        FF_SCRIPT_SECTIONS: "true",
        FF_ENABLE_BASH_EXIT_CODE_CHECK: "1",
        FF_NETWORK_PER_BUILD: "perhaps",
      },
    },
    observed: { log: ["\nflags: false true false\n"] },
  },
  {
    title: "a flag that nobody knows is a variable like any other",
    job: { script: ["echo flag: $FF_FROM_THE_FUTURE"], variables: { FF_FROM_THE_FUTURE: "perhaps" } },
    observed: { log: ["\nflag: perhaps\n"], absent: [/WARNING/] },
  },
  {
    title: "FF_ENABLE_BASH_EXIT_CODE_CHECK ends the script at the first command that fails, whatever `set +e` says",
    job: {
      script: ["set +e", "(exit 7)", "echo never"],
      variables: { FF_ENABLE_BASH_EXIT_CODE_CHECK: "true" },
    },
    observed: { state: "failed", exitCode: 7, absent: ["\nnever\n"] },
  },
  {
    title: "without FF_ENABLE_BASH_EXIT_CODE_CHECK a script may go on after `set +e`",
    job: { script: ["set +e", "(exit 7)", "echo goes on"] },
    observed: { log: ["\ngoes on\n"] },
  },
  {
    title: "FF_POSIXLY_CORRECT_ESCAPES brings every value through as well",
    job: {
      script: [`test "$ODD" = "$(printf 'a\\tb\\nc \\047d\\047')" && echo the same`],
      variables: { FF_POSIXLY_CORRECT_ESCAPES: "true", ODD: "a\tb\nc 'd'" },
    },
    observed: { log: ["\nthe same\n"] },
  },
  {
    title: "FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR gives the project's files to the image's user, and to nobody else",
    job: project.of({
      image: images.nonroot,
      script: ["stat -c '%U %a' . in-it.txt", "echo more >>in-it.txt"],
      variables: { FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR: "true" },
    }),
    observed: {
      log: [/Changing ownership of files at "\/builds\/group\/project" to 1000:1000/, "\nbuilder 755\nbuilder 644\n"],
    },
  },
  {
    title: "without FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR every user may write to the project's files",
    job: project.of({
      image: images.nonroot,
      script: ["stat -c '%U %a' in-it.txt", "echo more >>in-it.txt"],
    }),
    observed: { log: ["\nroot 666\n"] },
  },
  {
    title: "FF_USE_EXPONENTIAL_BACKOFF_STAGE_RETRY=false tries again without a pause",
    config: { settings: 'pre_get_sources_script = "echo tried; exit 1"' },
    job: project.of({
      script: ["echo never"],
      variables: { GET_SOURCES_ATTEMPTS: "3", FF_USE_EXPONENTIAL_BACKOFF_STAGE_RETRY: "false" },
    }),
    observed: { state: "failed", log: [/(?:^tried$[^]*){3}/m], absent: [/(?:^tried$[^]*){4}/m] },
  },
];
