import type { Difference } from "../case.ts";

export const differences: readonly Difference[] = [
  {
    what: "FF_USE_FASTZIP, ARCHIVER_STAGING_DIR",
    here: "accepted, without effect",
    why: "archives are packed on their way to the coordinator, by all processors, and lie nowhere in between",
  },
  {
    what: "A link that leads nowhere, named by a path without wildcards",
    here: "goes into the archive",
    why: "GitLab Runner doesn't find it in that case, but does by a pattern",
  },
  {
    what: "Directories among what the formats gzip and raw select",
    here: "passed over: only files count",
    why: "GitLab Runner fails the job, for what nobody meant",
  },
  {
    what: "Paths that lead out of the project directory through a link",
    here: "left out, with a warning",
    why: "they are files of the helper, or of whatever is mounted there",
  },
  {
    what: "${NAME:-default} and other forms of the shell in artifacts:name, :paths and :exclude",
    here: "only $NAME and ${NAME} are expanded, by the values from before the script",
    why: "GitLab's own texts promise no more; GitLab Runner's helper expands them once more, by a library for shells",
  },
  {
    what: "A 307 to another address than the same endpoint, or from https to http",
    here: "refused",
    why: "the job's token would go with it",
  },
  {
    what: "The header JOB-TOKEN after a redirect of a download",
    here: "not sent to another host",
    why: "object storage has no use for it",
  },
  {
    what: "Progress of what takes longer than five seconds",
    here: "said every five seconds, also without TRANSFER_METER_FREQUENCY",
    why: "a log that stands still looks like a job that hangs",
  },
  {
    what: "SLSA provenance: a copy of the statement in the project directory",
    here: "it is in the archive alone",
    why: "nothing of the job's directory changes after its scripts",
  },
  {
    what: "SLSA provenance: builder.version",
    here: "names longshore and its revision",
    why: "a statement about who built it must be true",
  },
];
