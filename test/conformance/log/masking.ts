import { images } from "../../support/engine.ts";
import type { Case } from "../case.ts";

const secret = "Sw0rd+fish/22 & co";
const plain = "hunter2-0123456789";
const beyond = "it hides a masked variable as it is, and nothing that was made of it";

export const masking: readonly Case[] = [
  {
    title: "a masked variable's value is [MASKED] on both streams, also where it is printed in pieces",
    job: {
      script: [
        "printf 'begin:hunter2'; sleep 0.3; printf -- '-01234'; sleep 0.3; printf '56789:end\\n'",
        'sleep 0.5; echo "err:$SECRET:err" >&2; echo hunter2-01234',
      ],
      secrets: { SECRET: plain },
    },
    observed: { log: ["begin:[MASKED]:end\n", "err:[MASKED]:err\n", "\nhunter2-01234\n"], absent: [plain] },
  },
  {
    title: "of masked values that begin alike the longest is hidden whole",
    job: { script: ['echo "<$ONE> <$TWO>"'], secrets: { ONE: "MASKED_VALUE", TWO: "MASKED_VALUE_OTHER" } },
    observed: { log: ["\n<[MASKED]> <[MASKED]>\n"], absent: ["VALUE", "OTHER"] },
  },
  {
    title: "the job's token is hidden, and so is what the agent itself says of a masked value",
    job: { script: ['echo "token:$CI_JOB_TOKEN:"'], secrets: { IMAGE: images.base }, image: images.base },
    observed: { log: ["\ntoken:[MASKED]:\n", "Using Docker executor with image [MASKED] ..."] },
  },
  {
    title: "a masked value of several lines is hidden line by line, also behind what a tool puts before its lines",
    differs: "it hides the value as a whole only",
    job: {
      script: ['echo "$KEY"', 'echo "$KEY" | sed "s/^/  | /"', "printf '%s\\r\\n' \"$KEY\""],
      secrets: { KEY: "first-line-of-it\nab\nthird-line-of-it" },
    },
    observed: { log: ["  | [MASKED]\n  | ab\n  | [MASKED]\n"], absent: ["first-line-of-it", "third-line-of-it"] },
  },
  {
    title: "base64 of a masked value is hidden: with padding, for URLs, wrapped, and within a longer text",
    differs: beyond,
    job: {
      script: [
        'printf "whole:"; printf %s "$SECRET" | base64 -w0; echo',
        'printf "basic:"; printf %s "user:$SECRET" | base64 -w0; echo ":"',
        'printf "url:"; printf %s "$SECRET" | base64 -w0 | tr "+/" "-_"; echo',
        'printf %s "$LONG" | base64',
      ],
      secrets: { SECRET: secret, LONG: "0123456789".repeat(8) },
    },
    observed: {
      log: ["whole:[MASKED]\n", /basic:dXNlcjp\[MASKED\]/, "url:[MASKED]\n", "\n[MASKED]\n[MASKED]\n"],
      absent: ["U3cwcmQrZmlzaC8yMiAmIGNv", "N3MHJkK2Zpc2gvMjIgJiBjb", "MDEyMzQ1Njc4OTAxMjM0"],
    },
  },
  {
    title: "a masked value is hidden as it stands in a URL, in JSON, and within a shell's quotes",
    differs: beyond,
    job: {
      script: [
        "echo url:Sw0rd%2Bfish%2F22%20%26%20co: url:Sw0rd%2bfish%2f22+%26+co:",
        `echo 'json:it'\\''s \\"quoted\\"/22:'`,
        "printf 'shell:%q:\\n' \"$QUOTED\"",
      ],
      secrets: { SECRET: secret, QUOTED: `it's "quoted"/22` },
    },
    observed: {
      log: ["url:[MASKED]: url:[MASKED]:\n", "\njson:[MASKED]:\n", "\nshell:[MASKED]:\n"],
      absent: ["\njson:it's", "fish%2"],
    },
  },
  {
    title: "a masked value of fewer than 4 characters is hidden as it is wherever it stands, also within other words",
    job: {
      script: ['echo "a banana for $TINY"', 'printf %s "$TINY" | base64'],
      secrets: { TINY: "an" },
    },
    observed: { log: ["\na b[MASKED][MASKED]a for [MASKED]\n", "\nYW4=\n"] },
  },
  {
    title: "the log warns of a masked value of fewer than 4 characters, by the variable's name",
    differs: "it hides such a value and says nothing",
    job: { script: ["echo"], secrets: { TINY: "qq" } },
    observed: {
      log: [
        "WARNING: TINY has fewer than 4 characters: it is hidden wherever these stand in this log, also within other",
      ],
    },
  },
  {
    title: "what follows the prefixes of GitLab's tokens is hidden, and the coordinator's own prefixes count, too",
    job: {
      script: ["echo glpat-abc.d_e=1-2 glrt-xyz glptt-123 mytoken:ghi other:ghi"],
      parts: { features: { trace_sections: true, token_mask_prefixes: ["mytoken:"] } },
    },
    observed: { log: ["\nglpat-[MASKED] glrt-[MASKED] glptt-[MASKED] mytoken:[MASKED] other:ghi\n"] },
  },
  {
    title: "with FF_MASK_ALL_DEFAULT_TOKENS off personal access tokens alone are hidden by their prefix",
    job: { script: ["echo glpat-abc glrt-xyz"], variables: { FF_MASK_ALL_DEFAULT_TOKENS: "false" } },
    observed: { log: ["\nglpat-[MASKED] glrt-xyz\n"] },
  },
  {
    title: "tokens and signatures in the query of a URL are hidden",
    job: {
      script: ["echo 'https://h/?private_token=abc&x=1 https://h/?a=b&X-Amz-Signature=1/2&rss_token=q&X-Amz-Date=2'"],
    },
    observed: {
      log: [
        "\nhttps://h/?private_token=[MASKED]&x=1 https://h/?a=b&X-Amz-Signature=[MASKED]&rss_token=[MASKED]&X-Amz-Date=2\n",
      ],
    },
  },
  {
    title: "what a line `::add-mask::VALUE` names is hidden from then on, in that line and in every later stage",
    differs: "it has this with `proxy_exec = true` only, since its helper has to stand between the script and the log",
    job: {
      script: ["X=swordfish; echo before $X; X=found-$X", 'echo "::add-mask::$X"', "echo after $X"],
      afterScript: ["echo again found-swordfish; printf %s found-swordfish | base64"],
    },
    observed: {
      log: ["\nbefore swordfish\n", "\n::add-mask::[MASKED]\n", "\nafter [MASKED]\n", "\nagain [MASKED]\n"],
      absent: ["\nafter found", "Zm91bmQtc3dvcmRmaXNo", "::add-mask::found"],
    },
  },
  {
    title: "`::add-mask::` takes %0A for a line break, and a value that is too short is hidden in its line alone",
    differs: "it has this with `proxy_exec = true` only",
    job: {
      script: ['echo "::add-mask::first of it%0Asecond of it"', "echo second of it", "echo ::add-mask::abc; echo abc"],
    },
    observed: {
      log: ["\n[MASKED]\n", "WARNING: A value of ::add-mask:: has fewer than 4 characters", "\nabc\n"],
      absent: ["add-mask::abc"],
    },
  },
];
