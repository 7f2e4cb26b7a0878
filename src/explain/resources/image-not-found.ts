import type { Rule } from "../rule.ts";
import { pulledImage } from "./pull-words.ts";
import { refused } from "./said.ts";

const words =
  /manifest for (?<tag>\S{1,400}) not found: manifest unknown|repository (?<name>\S{1,400}) not found: (?:name unknown|does not exist)/;
/** Buildkit and containerd name the image in full before the words. */
const ofBuilders =
  /: not found(?<=(?:^|\s)(?<full>[\w.-]{1,255}(?::\d{1,5})?\/[^\s"]{1,300}): not found)(?<=failed to (?:solve|resolve (?:reference|image|source metadata)).{0,600})/;

/** A name or a tag that the registry does not have. */
export const imageNotFound: Rule = {
  name: "image-not-found",
  of: "failed",
  explain: (evidence) => {
    const said = refused(evidence, words) ?? refused(evidence, ofBuilders);
    if (said === null || (said.match.groups?.["full"] !== undefined && !/[:@]/.test(said.match.groups["full"])))
      return null;
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
