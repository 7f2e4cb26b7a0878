import { expect } from "vitest";
import { images } from "../../support/engine.ts";
import type { Case } from "../case.ts";
import { namesIn, withArtifacts } from "./archive.ts";

const tree =
  "mkdir -p a/b/c .dot empty 'with blank'; touch a/1.txt a/2.log a/b/3.txt a/b/c/4.txt .dot/5.txt .hidden top.txt '[x]' 'x*' 'with blank/ü.txt' ./-dash";
const found = (path: string, count: number) => `${path}: found ${count} matching artifact files and directories`;

/** Paths, as doublestar reads them: what the log says of each is the number of what it named. */
const numbers: readonly (readonly [path: string, count: number])[] = [
  ["a/*.txt", 1],
  ["a/**/*.txt", 3],
  ["**/4.txt", 1],
  ["a/?.txt", 1],
  ["a/[0-1].txt", 1],
  ["a/[!2]*.*", 1],
  ["a/[^1].*", 1],
  ["{top,a/1}.txt", 2],
  ["a/{b/c,nothing}/*", 1],
  ["a/b/c", 2],
  ["a/b/c/", 2],
  ["./a/../top.txt", 1],
  [".h*", 1],
  ["*.txt", 1],
  [".dot/*", 1],
  ["\\[x\\]", 1],
  ["x\\*", 1],
  ["with blank/*", 1],
  ["-dash", 1],
  ["$CI_PROJECT_DIR/top.txt", 1],
  ["empty/", 1],
];

/** artifacts:paths, :exclude and :untracked. */
export const patterns: readonly Case[] = [
  {
    title: "paths are doublestar patterns: *, **, ?, [a-z], [!a-z], [^a-z], {a,b} and a backslash",
    job: withArtifacts([tree], { paths: numbers.map(([path]) => path) }),
    observed: {
      log: numbers.map(([path, count]) => found(path.replace("$CI_PROJECT_DIR", "/builds/root/project"), count)),
    },
  },
  {
    title: "a star names dot files like others, and .* names nothing but them",
    prove: async (world) => {
      const [star, dots] = await Promise.all([
        world.run(withArtifacts([tree], { paths: ["*"] })),
        world.run(withArtifacts([tree], { paths: [".*"] })),
      ]);
      expect(await namesIn(star.job)).toContain(".hidden");
      expect(await namesIn(dots.job)).toEqual([".dot/5.txt", ".hidden"]);
    },
  },
  {
    title: "what exclude names is left out, of directories as well",
    prove: async (world) => {
      const { job, log } = await world.run(
        withArtifacts([tree], { paths: ["a", "**/*.txt"], exclude: ["a/b/c/**", "**/*.log", ".dot/**/*"] }),
      );
      expect(await namesIn(job)).toEqual(["a/1.txt", "a/b/3.txt", "top.txt", "with blank/ü.txt"]);
      expect(log).toContain("**/*.log: excluded 1 files");
    },
  },
  {
    title: "untracked is all that git doesn't track, ignored files as well",
    prove: async (world) => {
      const init =
        "git init -q .; echo ignored >.gitignore; echo 1 >tracked; git add -A; touch ignored new; mkdir d; touch d/other";
      const { job, log } = await world.run({
        ...withArtifacts([init], { untracked: true, exclude: ["d/*"] }),
        image: images.helper,
      });
      expect(await namesIn(job)).toEqual(["ignored", "new"]);
      expect(log).toContain("untracked: found 2 files");
    },
  },
  {
    title: "variables in paths and exclude are expanded",
    prove: async (world) => {
      const artifact = { paths: ["$DIR/*"], exclude: ["${DIR}/2.*"] };
      const { job } = await world.run({ ...withArtifacts([tree], artifact), variables: { DIR: "a" } });
      expect(await namesIn(job)).toEqual(["a/1.txt", "a/b/3.txt", "a/b/c/4.txt"]);
    },
  },
  {
    title: "paths that name nothing are warned about; without any file there is no upload, and the job succeeds",
    job: withArtifacts(["true"], { paths: ["nowhere", "no/*.txt"] }),
    observed: {
      artifacts: [],
      log: [
        "WARNING: nowhere: no matching files. Ensure that the artifact path is relative to the working directory (/builds/root/project)",
        "WARNING: no/*.txt: no matching files.",
        "ERROR: No files to upload",
      ],
    },
  },
  {
    title: "paths that lead out of the project directory are warned about and left out",
    job: withArtifacts(["touch in"], { paths: ["../out", "/etc/passwd", "in"] }),
    observed: {
      artifacts: ["archive artifacts.zip"],
      log: [
        "artifact path is not a subpath of project directory: ../out",
        "artifact path is not a subpath of project directory: /etc/passwd",
        found("in", 1),
      ],
    },
  },
  {
    title: "a pattern that can't be read is warned about, and the others count",
    job: withArtifacts(["touch in"], { paths: ["a[", "{b", "in"] }),
    observed: { artifacts: ["archive artifacts.zip"], log: [/WARNING: .*a\[/, /WARNING: .*\{b/, found("in", 1)] },
  },
  {
    title: "a link goes into the archive as a link",
    prove: async (world) => {
      const first = await world.run(
        withArtifacts(["mkdir d; echo x >d/f; ln -s f d/link; ln -s d dirlink"], { paths: ["d", "dirlink"] }),
      );
      const second = await world.run({
        script: ["readlink d/link dirlink; cat dirlink/link"],
        parts: { dependencies: [world.coordinator.dependencyOn(first.job.id)] },
      });
      expect(second.log).toContain("\nf\nd\nx\n");
    },
  },
];
