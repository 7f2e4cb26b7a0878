import type { Rule } from "../rule.ts";

/** As src/executor/start-failure.ts says it. */
const noShell = /^the image \S+ has no shell to run the script in$/;
const badEntrypoint = /^the entrypoint of the image \S+, "([^"]*)", can't be run$/;
/** What the command says that looks for the shell (src/script/shell-detection.ts). */
const notFound = "shell not found";

/** `FROM scratch` and distroless images: a script can't run there. */
export const noShellInImage: Rule = {
  name: "no-shell-in-image",
  of: "failed",
  explain: ({ failure, build, output }) => {
    const said = noShell.test(failure?.message ?? "") || (output.length === 1 && output[0] === notFound);
    if (!said) return null;
    return {
      cause: `the image ${build.image} has no shell, and a job's script is run by one`,
      seen: build.state?.error || (failure?.message ?? ""),
      author:
        "use a variant with a shell (often -debug, -alpine or -slim); run this image by `docker run` from a job with image: docker:cli",
      admin: "",
    };
  },
};

/** An entrypoint that names a file that is not there, or not executable. */
export const entrypointNotRunnable: Rule = {
  name: "entrypoint-not-runnable",
  of: "failed",
  explain: ({ failure, build }) => {
    const match = badEntrypoint.exec(failure?.message ?? "");
    if (match === null) return null;
    const isDenied = /permission denied/.test(build.state?.error ?? "");
    return {
      cause: `the image ${build.image} starts with ${match[1]}, which ${isDenied ? "is not executable" : "is not in it"}`,
      seen: build.state?.error || (failure?.message ?? ""),
      author: `image: { name: "${build.image}", entrypoint: [""] } starts it without${isDenied ? `; or RUN chmod +x ${match[1]} in its Dockerfile` : ""}`,
      admin: "",
    };
  },
};
