import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Feature } from "./case.ts";

/** Every folder's feature, by its title. */
export async function readFeatures(): Promise<readonly Feature[]> {
  const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const features = folders.map(async ({ name }) => {
    const cases = (await import(join(import.meta.dirname, name, "cases.ts"))) as { readonly feature: Feature };
    return cases.feature;
  });
  return (await Promise.all(features)).toSorted((a, b) => a.title.localeCompare(b.title));
}

/** docs/compatibility.md: what holds, what is otherwise than in GitLab Runner, and why. Pure. */
export function compatibilityPage(features: readonly Feature[]): string {
  const count = features.reduce((sum, { cases }) => sum + cases.length, 0);
  const overview = features.map(({ title, cases, differences = [] }) => {
    const differing = cases.filter(({ differs }) => differs !== undefined && !isOfOlder(differs));
    const otherwise = differing.length + differences.length;
    return `| [${title}](#${anchorOf(title)}) | ${cases.length} | ${otherwise} |`;
  });
  return `<!-- Generated from test/conformance: UPDATE_DOCS=1 npx vitest run --project unit test/unit/docs -->

# Compatibility with GitLab Runner

What a job gets from GitLab Runner's docker executor on Linux, it gets here. Each line below is a case of the
conformance suite, which runs against a real Docker engine with every \`npm test\`: ${count} cases. Where something is
otherwise than in GitLab Runner, it says so, and why. Where that holds for older versions of GitLab Runner only, it names
the version; the table doesn't count it.

| feature | cases | otherwise |
| --- | ---: | ---: |
${overview.join("\n")}

${features.map(sectionOf).join("\n\n")}
`;
}

function sectionOf({ title, cases, differences = [] }: Feature): string {
  const lines = cases.map(({ title: claim, differs }) =>
    differs === undefined
      ? `- ${claim}`
      : `- ${claim}. _${isOfOlder(differs) ? "In" : "Otherwise than in"} GitLab Runner: ${differs}_`,
  );
  const rows = differences.map(({ what, here, why }) => `| ${what} | ${here} | ${why} |`);
  const table =
    rows.length === 0 ? "" : `\n\n| GitLab Runner has | here | why |\n| --- | --- | --- |\n${rows.join("\n")}`;
  return `## ${title}\n\n${lines.join("\n")}${table}`;
}

/** The newest GitLab Runner has it as here: `before 18.4 it ...`, `not before 18.4`. */
function isOfOlder(differs: string): boolean {
  return /^(?:not )?before (?:version )?\d/.test(differs);
}

/** As GitLab and GitHub make it of a heading. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, "")
    .replaceAll(" ", "-");
}
