import { afterAll, beforeAll, describe, it } from "vitest";
import { type BuiltImage, buildImage } from "../../support/built-image.ts";
import { connectEngine, images } from "../../support/engine.ts";
import { foreignProgram, loadForeignImage } from "../../support/foreign-image.ts";
import { sharedAgent } from "../../support/shared-agent.ts";
import { type Fault, Faults } from "./fault.ts";

const faults = new Faults("programs and images");
const { agent } = sharedAgent({
  concurrent: 2,
  runners: [{ tag: "plain" }, { tag: "socket", docker: '[runners.docker.daemon]\nwiring = "socket"\n' }],
});

/** Images with a fault each, by what is wrong with them. */
const built: Record<string, BuiltImage> = {};
const scripts = `printf 'echo hi\\n' >/no-shebang; printf '#!/bin/zsh\\n' >/zsh; printf '#!/bin/sh\\n' >/no-mode; chmod +x /no-shebang /zsh`;

beforeAll(async () => {
  const engine = connectEngine();
  built["foreign"] = await loadForeignImage(engine);
  built["shell-less"] = await buildImage(
    engine,
    `FROM ${images.base} AS base\nFROM scratch\nCOPY --from=base /bin/true /bin/true\n`,
  );
  built["scripts"] = await buildImage(engine, `FROM ${images.base}\nRUN ${scripts}\n`);
});

afterAll(async () => {
  faults.report();
  for (const image of Object.values(built)) await image[Symbol.asyncDispose]();
});

/** A fault's image: one that was built, or one of the images by its name. */
type ImageFault = Omit<Fault, "tag" | "parts"> & {
  readonly image: string;
  readonly entrypoint?: readonly string[];
  readonly tag?: string;
};

const octal = [...foreignProgram.subarray(0, 20)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
const executable = (name: string, content: string) => `printf '${content}' >${name}; chmod +x ${name}; ./${name}`;

const table: readonly ImageFault[] = [
  {
    title: "an image for another processor",
    image: "foreign",
    rule: "exec-format-error",
    says: /is made for arm64, and this runner's machine is amd64/,
  },
  {
    title: "a container of such an image",
    image: "docker",
    tag: "socket",
    script: ['docker run --rm "$FOREIGN"'],
    rule: "exec-format-error",
    says: /platform|another processor/,
  },
  {
    title: "a program for another processor",
    image: "base",
    script: [executable("tool", octal)],
    rule: "exec-format-error",
    says: /\.\/tool/,
  },
  {
    title: "an entrypoint without #!",
    image: "scripts",
    entrypoint: ["/no-shebang"],
    rule: "exec-format-error",
    says: /#!\/bin\/sh/,
  },
  { title: "an image without a shell", image: "shell-less", rule: "no-shell-in-image", says: /-alpine/ },
  {
    title: "an entrypoint that is not there",
    image: "base",
    entrypoint: ["/not-there"],
    rule: "entrypoint-not-runnable",
    says: /is not in it/,
  },
  {
    title: "an entrypoint that is not executable",
    image: "scripts",
    entrypoint: ["/no-mode"],
    rule: "entrypoint-not-runnable",
    says: /chmod \+x \/no-mode/,
  },
  {
    title: "an entrypoint whose interpreter is not there",
    image: "scripts",
    entrypoint: ["/zsh"],
    rule: "interpreter-missing",
    says: /\/zsh/,
  },
  {
    title: "a tool as entrypoint",
    image: "python",
    entrypoint: ["python3"],
    rule: "entrypoint-swallows-script",
    says: /\(python3\) ended with exit code 2[^]*entrypoint: \[""\]/,
  },
  {
    title: "a shell as entrypoint",
    image: "base",
    entrypoint: ["bash"],
    rule: "entrypoint-swallows-script",
    says: /exit code 126/,
  },
  {
    title: "an entrypoint that fails silently",
    image: "base",
    entrypoint: ["false"],
    rule: "entrypoint-swallows-script",
    says: /exit code 1 /,
  },
  {
    title: "a script with CRLF for bash's image",
    image: "base",
    script: [executable("x.sh", "#!/usr/bin/env bash\\r\\necho hi\\r\\n")],
    rule: "crlf-line-endings",
    says: /bash\\r/,
  },
  {
    title: "a script with CRLF for busybox's image",
    image: "tiny",
    script: [executable("x.sh", "#!/usr/bin/env sh\\r\\necho hi\\r\\n")],
    rule: "crlf-line-endings",
    says: /eol=lf/,
  },
  {
    title: "a script whose interpreter is not there",
    image: "base",
    script: [executable("x.sh", "#!/bin/zsh\\n")],
    rule: "interpreter-missing",
    says: /x\.sh/,
  },
  {
    title: "a script for bash without bash",
    image: "tiny",
    script: [executable("x.sh", "#!/usr/bin/env bash\\n")],
    rule: "interpreter-missing",
    says: /bash/,
  },
  {
    title: "a command that bash does not find",
    image: "base",
    script: ["frobnicate --now"],
    rule: "command-not-found",
    says: /command frobnicate was not found in the image/,
  },
  {
    title: "a command that busybox does not find",
    image: "tiny",
    script: ["frobnicate --now"],
    rule: "command-not-found",
    says: /command frobnicate was not found in the image/,
  },
  {
    title: "docker in an image without it",
    image: "base",
    script: ["docker info"],
    rule: "command-not-found",
    says: /image: docker:cli[^]*wiring = "dind"/,
  },
  {
    title: "docker-compose of old",
    image: "docker",
    script: ["docker-compose-v1 up || docker-compose up"],
    rule: "command-not-found",
    says: /docker compose/,
  },
  { title: "sudo of root", image: "base", script: ["sudo true"], rule: "command-not-found", says: /leave sudo out/ },
  {
    title: "git in an image without it",
    image: "base",
    script: ["git status"],
    rule: "command-not-found",
    says: /apt-get install -y git/,
  },
  {
    title: "a file that is not there",
    image: "base",
    script: ["./not-there.sh"],
    rule: "command-not-found",
    says: /no file \.\/not-there\.sh/,
  },
  {
    title: "a command that a container's image does not have",
    image: "docker",
    tag: "socket",
    script: [`docker run --rm ${images.base} frobnicate`],
    rule: "command-not-found",
    says: /has no program frobnicate/,
  },
  {
    title: "a file that is not executable",
    image: "base",
    script: ["echo true >x.sh; ./x.sh"],
    rule: "not-executable",
    says: /--chmod=\+x \.\/x\.sh/,
  },
  {
    title: "an entrypoint of a container that is not executable",
    image: "docker",
    tag: "socket",
    script: ['docker run --rm --entrypoint /no-mode "$SCRIPTS"'],
    rule: "not-executable",
    says: /RUN chmod \+x \/no-mode/,
  },
];

describe.concurrent("the first finding is right for", () => {
  it.for(table)("$title", async ({ image, entrypoint, tag = "plain", script = ["true"], ...fault }) => {
    const name = built[image]?.name ?? images[image as keyof typeof images];
    const variables = { FOREIGN: built["foreign"]?.name ?? "", SCRIPTS: built["scripts"]?.name ?? "" };
    const parts = { image: entrypoint === undefined ? { name } : { name, entrypoint: [...entrypoint] } };
    await faults.prove(agent(), { ...fault, tag, script, parts, variables: tag === "socket" ? variables : {} });
  });
});
