/** Says when it is there, and when it is asked to end. */
export const long = ["trap 'echo told to end; exit 1' TERM", "echo it runs", "while :; do sleep 0.1; done"];
export const after = ["echo after: $CI_JOB_STATUS"];
export const upload = (when: string) => [
  { name: "a", paths: ["file"], when, artifact_type: "archive", artifact_format: "zip" },
];

/** Why a trap of the script is no claim about GitLab Runner's. */
export const trapped =
  "before 19.1 the shell around the script ends at once, and with it the container: no trap comes to its end";
