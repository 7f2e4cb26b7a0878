import type { Rule } from "../rule.ts";
import { pulledImage } from "./pull-words.ts";
import { refused } from "./said.ts";

/** Docker's own pull; then buildkit and containerd, which name the image in full before the words. */
const words =
  /manifest for (?<tag>\S+) not found: manifest unknown|repository (?<name>\S+) not found: (?:name unknown|does not exist)|(?:failed to solve|failed to resolve (?:reference|image|source metadata)).* (?<full>[\w.-]+(?::\d+)?\/\S+[:@]\S+): not found/;

/** A name or a tag that the registry does not have. */
export const imageNotFound: Rule = {
  name: "image-not-found",
  of: "failed",
  explain: (evidence) => {
    const said = refused(evidence, words);
    if (said === null) return null;
    const { tag, name, full } = said.match.groups ?? {};
    const image = pulledImage(said.match.input) || (tag ?? name ?? full ?? "");
    const what = name === undefined ? "has no such tag, or no such image" : "has no such repository";
    return {
      cause: `the registry ${what}: ${image}`,
      seen: said.line,
      author:
        said.by === "runner"
          ? "correct image: or services: in .gitlab-ci.yml"
          : "correct the name and the tag; an image that an earlier job made must have been pushed under this very tag",
      admin: "",
    };
  },
};
