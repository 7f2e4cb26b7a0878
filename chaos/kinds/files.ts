import { jobOf, type JobKind, someLines, writerOf } from "./kind.ts";

const verify = (directory: string, exitCode: number) =>
  `(cd ${directory} && sha256sum -c --quiet sum) || exit ${exitCode}`;
const makeFiles = (directory: string, bytes: number) =>
  `mkdir -p ${directory}; head -c ${bytes} /dev/urandom >${directory}/data; (cd ${directory} && sha256sum data >sum)`;

/** Exit codes that no other job has say what was not as it must be. */
export const sources: JobKind = {
  name: "sources",
  weight: 4,
  make: (dice, { sourceHash }) => {
    const writer = writerOf(dice).command(`[ "$(sha256sum <data.txt | cut -c1-64)" = ${sourceHash} ] || exit 177`);
    const variables = { GET_SOURCES_ATTEMPTS: "3", GIT_DEPTH: String(dice.pick([0, 1, 20])) };
    return jobOf("sources", dice, someLines(writer, dice).hash(), { needsSources: true, job: { variables } });
  },
};

/** A cache that was half saved would not be what its sum says. */
export const cache: JobKind = {
  name: "cache",
  weight: 4,
  make: (dice) => {
    const writer = writerOf(dice).command(`[ ! -e kept/sum ] || ${verify("kept", 178)}`);
    writer.command(makeFiles("kept", dice.integer(10_000, 8_000_000)));
    const job = { cache: { key: `chaos-${dice.integer(1, 3)}`, paths: ["kept"] } };
    return jobOf("cache", dice, someLines(writer, dice).hash(), { job });
  },
};

export const artifacts: JobKind = {
  name: "artifacts up",
  weight: 3,
  make: (dice) => {
    const writer = writerOf(dice).command(makeFiles("out", dice.integer(1_000, 4_000_000)));
    return jobOf("artifacts up", dice, someLines(writer, dice).hash(), {
      artifacts: "makes",
      job: { artifacts: ["out"] },
    });
  },
};

/** Comes after one that made artifacts. */
export const artifactsDown: JobKind = {
  name: "artifacts down",
  weight: 0,
  make: (dice) => {
    const writer = writerOf(dice).command(verify("out", 179));
    const job = { variables: { ARTIFACT_DOWNLOAD_ATTEMPTS: "3" } };
    return jobOf("artifacts down", dice, someLines(writer, dice).hash(), { artifacts: "takes", job });
  },
};
