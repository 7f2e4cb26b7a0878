import { describe, expect, it } from "vitest";
import { images } from "../../support/engine.ts";
import { sharedAgent } from "../../support/shared-agent.ts";

const { agent } = sharedAgent({
  concurrent: 3,
  runners: [{ settings: 'environment = ["ADMIN=of the admin", "BOTH=admin"]' }],
});

interface Kind {
  readonly file?: boolean;
  readonly masked?: boolean;
  readonly raw?: boolean;
}

const variable = (key: string, value: string, { file = false, masked = false, raw = false }: Kind = {}) => ({
  key,
  value,
  public: !masked,
  file,
  masked,
  raw,
});

describe.concurrent("a variable", () => {
  it("reaches script and after_script with every byte of its value", async () => {
    const value = `a 'b' "c" \\d \`e\` *\n\ttwo  lines äöü 😀`;
    const show = 'printf "[%s]" "$ODD"; echo';
    const { log } = await agent().run({ script: [show], afterScript: [show], variables: { ODD: value } });
    expect(log.split(`[${value}]\n`)).toHaveLength(3);
  });

  it("may be one of many that together are larger than an address may be", async () => {
    const large = "x".repeat(100_000);
    const variables = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`LARGE_${index}`, large]));
    const { log } = await agent().run({ script: ["echo ${#LARGE_0} ${#LARGE_10}"], variables });
    expect(log).toContain("\n100000 100000\n");
  });

  it("of the type file is a path to its value, in script and after_script and for any user", async () => {
    const variables = [variable("CONFIG", "first\nsecond $CI_JOB_ID", { file: true })];
    const script = ['cat "$CONFIG"; echo; case $CONFIG in "$CI_PROJECT_DIR".tmp/*) echo beside the project;; esac'];
    const parts = { variables };
    const [root, other] = await Promise.all([
      agent().run({ script, afterScript: ['tail -n 1 "$CONFIG" | cut -c 1-6'], parts }),
      agent().run({ image: images.nonroot, script, parts }),
    ]);
    for (const { job, log } of [root, other]) {
      expect(log).toContain(`\nfirst\nsecond ${job.id}\nbeside the project\n`);
    }
    expect(root.log).toMatch(/\nsecond\n/);
  });

  it("is expanded by others, but a raw one is not", async () => {
    const variables = [
      variable("NAME", "world"),
      variable("GREETING", "hello $NAME and ${NAME}, $$NAME"),
      variable("RAW", "hello $NAME", { raw: true }),
    ];
    const { log } = await agent().run({ script: ['echo "$GREETING"', 'echo "$RAW"'], parts: { variables } });
    expect(log).toContain("\nhello world and world, $NAME\n");
    expect(log).toContain("\nhello $NAME\n");
  });

  it("of config.toml yields to the job's", async () => {
    const { log } = await agent().run({ script: ['echo "$ADMIN, $BOTH"'], variables: { BOTH: "job" } });
    expect(log).toContain("\nof the admin, job\n");
  });

  it("names the image of the job", async () => {
    const { log } = await agent().run({
      parts: { variables: [variable("IMAGE", images.tiny)], image: { name: "$IMAGE" } },
      script: ["test ! -e /bin/bash && echo tiny"],
    });
    expect(log).toContain("\ntiny\n");
  });

  it("written to GITLAB_ENV reaches after_script", async () => {
    const { log } = await agent().run({
      script: ['echo "LATER=from the script" >>"$GITLAB_ENV"'],
      afterScript: ['echo "LATER is $LATER"'],
    });
    expect(log).toContain("\nLATER is from the script\n");
  });

  it("that is masked never shows, whole or in several lines, nor in the commands", async () => {
    const secrets = { PASSWORD: "correct-horse-battery", KEY: "first line of it\nsecond line of it" };
    const { raw } = await agent().run({
      script: ['echo "[$PASSWORD]"', 'echo "$KEY"', "echo correct-horse-battery >&2"],
      secrets,
    });
    expect(raw).not.toContain("correct-horse-battery");
    expect(raw).not.toContain("second line of it");
    expect(raw).toContain("[[MASKED]]\n");
  });
});
