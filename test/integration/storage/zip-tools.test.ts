import { execFileSync, spawnSync } from "node:child_process";
import {
  createWriteStream,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { archiveToTar } from "../../../src/storage/archive-reader.ts";
import { writeArtifact } from "../../../src/storage/artifact-writer.ts";

const has = (tool: string) => spawnSync(tool, ["--help"]).error === undefined;

describe("zip archives and the tools of others", () => {
  let root = "";
  const inside = (...parts: string[]) => join(root, ...parts);

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), "longshore-tools-"));
    mkdirSync(inside("artifacts-0/d/empty"), { recursive: true });
    writeFileSync(inside("artifacts-0/d/run.sh"), "#!/bin/sh\n", { mode: 0o755 });
    writeFileSync(inside('artifacts-0/d/é — "quoted" 日本'), "unicode");
    writeFileSync(inside("artifacts-0/text"), "line of text\n".repeat(200_000));
    writeFileSync(inside("artifacts-0/noise"), crypto.getRandomValues(new Uint8Array(65_536)));
    utimesSync(inside("artifacts-0/text"), 1_500_000_001, 1_500_000_001);
    symlinkSync("../text", inside("artifacts-0/d/link"));
    const tar = execFileSync("tar", ["-C", root, "-c", "artifacts-0"], { maxBuffer: 1 << 28 });
    await writeArtifact(Readable.from([tar]), createWriteStream(inside("made.zip")), {
      format: "zip",
      stripPrefix: "artifacts-0",
    });
  });
  afterAll(() => {
    rmSync(root, { recursive: true });
  });

  /** What differs from the original, and some of what `diff` doesn't look at. */
  const facts = (directory: string) => ({
    different: execFileSync("diff", ["-r", "--no-dereference", inside("artifacts-0"), directory], { encoding: "utf8" }),
    mode: lstatSync(join(directory, "d/run.sh")).mode & 0o777,
    link: readlinkSync(join(directory, "d/link")),
    mtime: lstatSync(join(directory, "text")).mtimeMs,
    empty: lstatSync(join(directory, "d/empty")).isDirectory(),
  });
  const same = { different: "", mode: 0o755, link: "../text", mtime: 1_500_000_001_000, empty: true };

  it.runIf(has("unzip"))("are unpacked by unzip", () => {
    execFileSync("unzip", ["-q", inside("made.zip"), "-d", inside("unzipped")], {
      env: { ...process.env, LC_ALL: "C.UTF-8" },
    });
    expect(facts(inside("unzipped"))).toEqual(same);
  });

  it.runIf(has("python3"))("are read by Python's zipfile, more than 65,535 entries too", async () => {
    const check =
      "import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(len(z.namelist()))";
    expect(execFileSync("python3", ["-c", check, inside("made.zip")], { encoding: "utf8" }).trim()).toBe("7");

    const { pack } = await import("tar-stream");
    const many = pack();
    const written = writeArtifact(
      Readable.from(many as AsyncIterable<Buffer>, { objectMode: false }),
      createWriteStream(inside("many.zip")),
      { format: "zip", stripPrefix: "" },
    );
    for (let index = 0; index < 70_000; index++) {
      await new Promise((resolve) => many.entry({ name: `f${String(index)}` }, "x", resolve));
    }
    many.finalize();
    expect((await written).files).toBe(70_000);
    expect(execFileSync("python3", ["-c", check, inside("many.zip")], { encoding: "utf8" }).trim()).toBe("70000");
  });

  it.runIf(has("zip"))("are read by us when zip made them", async () => {
    execFileSync("zip", ["-qry", inside("theirs.zip"), "."], {
      cwd: inside("artifacts-0"),
      env: { ...process.env, LC_ALL: "C.UTF-8" },
    });
    mkdirSync(inside("unpacked"));
    await pipeline(await archiveToTar(inside("theirs.zip"), {}), createWriteStream(inside("theirs.tar")));
    execFileSync("tar", ["-xf", inside("theirs.tar"), "-C", inside("unpacked")]);
    expect(facts(inside("unpacked"))).toEqual(same);
  });

  it.runIf(has("gzip"))("and gzip reports are read by gzip", async () => {
    const tar = execFileSync("tar", ["-C", root, "-c", "artifacts-0/d/run.sh", "artifacts-0/text"], {
      maxBuffer: 1 << 28,
    });
    await writeArtifact(Readable.from([tar]), createWriteStream(inside("report.gz")), {
      format: "gzip",
      stripPrefix: "artifacts-0",
    });
    const text = execFileSync("gzip", ["-dc", inside("report.gz")], { encoding: "utf8", maxBuffer: 1 << 28 });
    expect(text).toBe(`#!/bin/sh\n${readFileSync(inside("artifacts-0/text"), "utf8")}`);
  });
});
