import { enterProject, makeDirectory } from "./environment.ts";
import { listLines, parseList } from "./file-list.ts";
import { type FileSelection, needsList, type ParsedSelection, parseSelection } from "./file-selection.ts";
import { helperScript } from "./isolate.ts";
import { separate } from "./hard-links.ts";
import { quote, quoteAll } from "./quote.ts";
import { directRoots, listedRoots, type Roots } from "./roots.ts";
import { error, notice } from "./say.ts";
import { selectFiles } from "./select-files.ts";
import type { StagedScript } from "./staged-script.ts";

/** One item of the job's `artifacts:`. */
export type ArtifactSelection = FileSelection;

export interface StageArtifactsOptions {
  readonly projectDir: string;
  /** On the volume of `projectDir`, or else files are copied and not linked. */
  readonly tempDir: string;
  /** Those to upload in this stage; the position is the number of the directory. */
  readonly artifacts: readonly ArtifactSelection[];
  /** `umask 0000`; default true. */
  readonly openUmask?: boolean;
}

/** Where artifact number `index` is staged, relative paths kept. Absent after the script when nothing matched. */
export function stagedArtifactDir(tempDir: string, index: number): string {
  return `${tempDir}/artifacts-${String(index)}`;
}

/** Links the selected files into their staging directories. Exit code 0 even when nothing matches (the log says so). */
export function stageArtifactsScript(options: StageArtifactsOptions): StagedScript {
  const { projectDir } = options;
  const selections = options.artifacts.map((artifact) => parseSelection(artifact, projectDir));
  const script = (lines: readonly string[]) =>
    helperScript([makeDirectory(options.tempDir), ...enterProject(projectDir), ...lines], options.openUmask ?? true);
  const stage = (rootsOf: (selection: ParsedSelection, index: number) => StagedRoots) =>
    script(selections.flatMap((selection, index) => stageLines(rootsOf(selection, index), options.tempDir, index)));
  if (!selections.some(needsList)) {
    return {
      kind: "direct",
      script: stage((selection) => ({ roots: directRoots(selection, projectDir), directories: [] })),
    };
  }
  const listed = selections.filter(needsList);
  return {
    kind: "listed",
    listScript: script(listLines(listed)),
    finish: (bytes) => {
      const list = parseList(listed, bytes);
      return stage((selection, index) => {
        if (!needsList(selection)) return { roots: directRoots(selection, projectDir), directories: [] };
        const chosen = selectFiles(selection, list, projectDir);
        const file = `${stagedArtifactDir(options.tempDir, index)}.list`;
        return { roots: listedRoots(chosen, file), directories: chosen.directories };
      });
    },
  };
}

interface StagedRoots {
  readonly roots: Roots;
  /** Staged even though not all of their content is chosen. */
  readonly directories: readonly string[];
}

function stageLines({ roots, directories }: StagedRoots, tempDir: string, index: number): string[] {
  const target = stagedArtifactDir(tempDir, index);
  const make = `mkdir -p ${quote(target)}${directories.length > 0 ? ` && ${copyDirectories(directories, target)}` : ""}`;
  const copy = (flags: string) => roots.each(`cp ${flags} --parents "$@" ${quote(target)}`);
  const stage = [
    make,
    // Links cost no space and next to no time, but do not reach across volumes.
    `if ${roots.none} || { ${copy("-al")}; } 2>/dev/null; then`,
    ...separate(quote(target), 2),
    `else`,
    `  rm -rf ${quote(target)}`,
    `  ${make}`,
    `  ${copy("-a")}`,
    ...separate(quote(target), 1),
    `fi`,
  ];
  return [
    notice("Uploading artifacts..."),
    `rm -rf ${quoteAll([target, `${target}.list`])}`,
    ...roots.find,
    ...(directories.length > 0
      ? stage
      : [`if ${roots.none}; then`, error("No files to upload"), `else`, ...stage, `fi`]),
    `rm -f ${quote(`${target}.list`)}`,
  ];
}

/** The directories alone, with the mode and owner that they have: neither mkdir nor cp can do that everywhere. */
function copyDirectories(directories: readonly string[], target: string): string {
  const names = quoteAll(directories.map((directory) => `./${directory}`));
  return `tar -c --no-recursion -f - ${names} | tar -x -p -f - -C ${quote(target)}`;
}
