import type { Rule } from "../rule.ts";
import { pulledImage } from "./pull-words.ts";
import { refused } from "./said.ts";

const words =
  /no matching manifest for (?<wanted>\S{1,100}) in the manifest list entries|no match for platform in manifest|image with reference (?<image>\S{1,300}) was found but (?:does not match the specified platform: wanted (?<asked>[^\s,]+)|does not provide the specified platform|its platform)/;

/** The image exists, for other processors. */
export const platformMissing: Rule = {
  name: "platform-missing",
  of: "failed",
  explain: (evidence) => {
    const said = refused(evidence, words);
    if (said === null) return null;
    const image = pulledImage(said.match.input) || (said.match.groups?.["image"] ?? "");
    const host = evidence.daemon?.architecture ?? "";
    const { wanted, asked } = said.match.groups ?? {};
    return {
      cause: `the image ${image === "" ? "" : `${image} `}is not made for ${wanted ?? asked ?? "the platform that was asked for, or that this host is"}`,
      seen: said.line,
      author:
        "use an image or tag that has this platform, or build it for this one as well: docker buildx build --platform",
      admin:
        host === ""
          ? ""
          : `this daemon's host is ${host}: give jobs for other processors a runner and a tag of their own`,
    };
  },
};
