import { buildImage, type BuiltImage } from "../test/support/built-image.ts";
import type { Site } from "./site.ts";

export const dataMebibytes = 300;

/** Half of the files are noise, half are lines like a compiler's, each one another. */
const makeFiles = `
  srand 7;
  mkdir "/data";
  for my $number (1 .. 30) {
    open my $noise, ">", "/data/noise-$number.bin";
    open my $random, "<", "/dev/urandom";
    for (1 .. 5) { read $random, my $block, 1 << 20; print $noise $block }
    open my $text, ">", "/data/log-$number.txt";
    my $size = 0;
    while ($size < 5 << 20) {
      my $line = sprintf "[%d] compiling module src/lib/part-%d.ts (took %d ms)\\n", rand 1e6, rand 97, rand 1300;
      $size += length $line;
      print $text substr $line, 0, (5 << 20) - $size + length $line;
    }
  }
`;

/** The base image with 300 MiB of files, half compressible, in /data; disposing of it removes it. */
export function buildDataImage(site: Site): Promise<BuiltImage> {
  site.say(`building an image with ${dataMebibytes} MiB of data`);
  const dockerfile = `FROM ${site.images.base}\nCOPY make.pl /make.pl\nRUN perl /make.pl\n`;
  return buildImage(site.engine, dockerfile, { "make.pl": makeFiles });
}
