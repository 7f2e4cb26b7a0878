import {
  child,
  children,
  describe,
  flagOf,
  flatItemsOf,
  isMapField,
  mapOf,
  reject,
  textOf,
  type Field,
} from "./field.ts";
import { checkKeywords, keywordTables } from "./keywords.ts";
import { readMatrix, type Combination } from "./matrix.ts";

/** One entry of `needs`, as written. */
export interface Need {
  readonly field: Field;
  readonly job: string;
  readonly artifacts: boolean;
  readonly optional: boolean;
  /** Of `needs:parallel:matrix`: only these combinations; null for all of the job. */
  readonly combinations: readonly Combination[] | null;
}

/** GitLab's default limit. */
const maxNeeds = 50;

/** `needs:` of a job or of a rule; the list may be empty. What is invalid is reported and left out. */
export function readNeeds(field: Field): readonly Need[] {
  if (field.node.kind !== "list" && field.node.kind !== "map") {
    reject(field, `needs has to be a list, not ${describe(field.node)}.`, "Write needs: [job].");
    return [];
  }
  const items = field.node.kind === "map" ? [field] : flatItemsOf(field);
  if (items.length > maxNeeds) reject(field, `The job needs ${items.length} others.`, `It may need ${maxNeeds}.`);
  return items.map(readNeed).filter((need) => need !== null);
}

function readNeed(field: Field): Need | null {
  if (!isMapField(field)) {
    const job = textOf(field);
    return job === null ? null : { field, job, artifacts: true, optional: false, combinations: null };
  }
  checkKeywords(field, keywordTables.need, "'needs'");
  if (["project", "pipeline"].some((key) => child(field, key) !== null)) return null;
  const jobField = child(field, "job");
  if (jobField === null) return reject(field, "The need names no job.", "Add `job:`.");
  const job = textOf(jobField);
  const artifacts = child(field, "artifacts");
  const optional = child(field, "optional");
  const parallel = child(field, "parallel");
  const need = {
    field: jobField,
    artifacts: artifacts === null ? true : (flagOf(artifacts) ?? true),
    optional: optional === null ? false : (flagOf(optional) ?? false),
    combinations: parallel === null ? null : readCombinations(parallel),
  };
  return job === null ? null : { ...need, job };
}

function readCombinations(field: Field): readonly Combination[] | null {
  const map = mapOf(field, "needs:parallel");
  if (map === null) return null;
  checkKeywords(map, keywordTables.parallel, "'parallel'");
  const matrix = children(map).find((entry) => entry.key === "matrix");
  return matrix === undefined ? reject(field, "needs:parallel has no matrix.", "Add `matrix:`.") : readMatrix(matrix);
}
