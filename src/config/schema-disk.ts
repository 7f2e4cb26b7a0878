import { z } from "zod";
import { annotate, list } from "./keys.ts";
import { parseWatermark, type Watermark } from "./watermark.ts";

const watermark = (description: string, standard: string) => {
  const value = parseWatermark(standard) ?? { bytes: null, share: null };
  const schema = z
    .string()
    .transform((given, context): Watermark => {
      const mark = parseWatermark(given);
      if (mark !== null) return mark;
      context.addIssue({ code: "custom", message: "not a size or a share" });
      return z.NEVER;
    })
    .default(value);
  return annotate(schema, { kind: "space", description, defaultText: JSON.stringify(standard) });
};

/** What happens when the daemon's disk fills up (docs/disk.md). */
export const diskKeys = {
  disk_low_watermark: watermark(
    'With less free space on the daemon\'s disk, images that jobs pulled and volumes that they keep go, those used least recently first: a size, a percentage, or both for the lesser of them; `"0"` for never.',
    "10%,10g",
  ),
  disk_floor: watermark(
    'With less free space on the daemon\'s disk this runner asks for no jobs; written like `disk_low_watermark`, `"0"` for never.',
    "2%,1g",
  ),
  keep_images: list(
    "Patterns (`*`, `**`) of images that never go when the disk fills up; those that config.toml names never do.",
  ),
};
