import { expect } from "vitest";
import { images } from "../../support/engine.ts";
import type { Case } from "../case.ts";

interface Kind {
  readonly file?: boolean;
  readonly masked?: boolean;
  readonly raw?: boolean;
  readonly public?: boolean;
}

/** A variable as the coordinator sends it. */
export const variable = (key: string, value: string, kind: Kind = {}) => ({
  key,
  value,
  public: kind.public ?? kind.masked !== true,
  file: kind.file ?? false,
  masked: kind.masked ?? false,
  raw: kind.raw ?? false,
});

const odd = `a 'b' "c" \\d \`e\` *\n\ttwo  lines äöü 😀`;
const show = 'printf "[%s]" "$ODD"; echo';
const askService = "until cat $CI_PROJECT_DIR/of-service 2>/dev/null; do sleep 0.1; done";
/** Leaves what it sees of its variables in the project directory, which services share. */
const answering = (seen: string) => ({
  name: images.tiny,
  alias: "own",
  command: [
    "sh",
    "-c",
    `mkdir -p $CI_PROJECT_DIR; cd $CI_PROJECT_DIR; echo "${seen}" >new; mv new of-service; sleep 100`,
  ],
});
const large = "x".repeat(100_000);

/** Values, kinds and how they are replaced in each other. */
export const valueCases: readonly Case[] = [
  {
    title: "a value reaches script and after_script with every byte",
    prove: async (world) => {
      const { log } = await world.run({ script: [show], afterScript: [show], variables: { ODD: odd } });
      expect(log.split(`[${odd}]\n`)).toHaveLength(3);
    },
  },
  {
    title: "variables together may be larger than the kernel takes as one environment",
    job: {
      script: ["echo ${#LARGE_0} ${#LARGE_10}"],
      variables: Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`LARGE_${index}`, large])),
    },
    observed: { log: ["\n100000 100000\n"] },
  },
  {
    title: "a value that no program can be given is told of, and a file variable takes it",
    prove: async (world) => {
      const [plain, file] = await Promise.all([
        world.run({ script: ["true"], variables: { HUGE: "x".repeat(200_000) } }),
        world.run({
          script: ['wc -c <"$HUGE"'],
          parts: { variables: [variable("HUGE", "x".repeat(200_000), { file: true })] },
        }),
      ]);
      expect(plain.job.state).toBe("failed");
      expect(plain.log).toMatch(/WARNING: The variable HUGE is longer than the 128 KiB/);
      expect(plain.log).toMatch(/argument list too long/i);
      expect(file.log).toContain("\n200000\n");
    },
    differs: "GitLab Runner gives no warning",
  },
  {
    title: "an empty value is set, and an unset name is not",
    job: { script: ['echo "[${EMPTY-none}] [${UNSET-none}]"'], variables: { EMPTY: "" } },
    observed: { log: ["\n[] [none]\n"] },
  },
  {
    title: "of two with one name the later counts",
    job: {
      script: ['echo "$TWICE $OF_TWICE"'],
      parts: {
        variables: [variable("TWICE", "first"), variable("OF_TWICE", "of $TWICE"), variable("TWICE", "second")],
      },
    },
    observed: { log: ["\nsecond of second\n"] },
  },
  {
    title: "`$NAME`, `${NAME}` and `$$` in a value are replaced",
    job: {
      script: ['echo "$GREETING"'],
      parts: {
        variables: [variable("NAME", "world"), variable("GREETING", "hello $NAME and ${NAME}s, $$NAME, 5 $ and $")],
      },
    },
    observed: { log: ["\nhello world and worlds, $NAME, 5 $ and $\n"] },
  },
  {
    title: "an unknown name in a value stands for nothing",
    job: {
      script: ['echo "$GREETING"'],
      parts: { variables: [variable("GREETING", "[$NO_SUCH_NAME] [${NO_SUCH_NAME}]")] },
    },
    observed: { log: ["\n[] []\n"] },
  },
  {
    title: "values are replaced once, whatever their order: what a replaced value names stays",
    job: {
      script: ['echo "$A"'],
      parts: { variables: [variable("A", "a $B"), variable("B", "b $C"), variable("C", "c")] },
    },
    observed: { log: ["\na b $C\n"] },
  },
  {
    title: "a value that names itself, or two that name each other, come to an end",
    job: {
      script: ['echo "$SELF, $ONE, $TWO"'],
      parts: { variables: [variable("SELF", "$SELF:more"), variable("ONE", "1 $TWO"), variable("TWO", "2 $ONE")] },
    },
    observed: { log: ["\n$SELF:more:more, 1 2 $ONE, 2 1 $TWO\n"] },
  },
  {
    title: "a raw value is left as it is, also where another names it",
    job: {
      script: ['echo "$RAW and $OTHER"'],
      parts: {
        variables: [variable("X", "x"), variable("RAW", "$X ${X} $$", { raw: true }), variable("OTHER", "<$RAW>")],
      },
    },
    observed: { log: ["\n$X ${X} $$ and <$X ${X} $$>\n"] },
  },
  {
    title: "a file variable is a path beside the project to its value, in script and after_script",
    job: {
      script: ['cat "$CONFIG"; echo; case $CONFIG in "$CI_PROJECT_DIR".tmp/CONFIG) echo beside the project;; esac'],
      afterScript: ['tail -n 1 "$CONFIG" | cut -c 1-6'],
      parts: { variables: [variable("X", "x"), variable("CONFIG", "first\nsecond $X", { file: true })] },
    },
    observed: { log: ["\nfirst\nsecond x\nbeside the project\n", /\nsecond\n/] },
  },
  {
    title: "a file variable can be read by a user who isn't root",
    job: {
      image: images.nonroot,
      script: ['cat "$CONFIG"'],
      parts: { variables: [variable("CONFIG", "content of it\n", { file: true })] },
    },
    observed: { log: ["\ncontent of it\n"] },
  },
  {
    title: "what names a file variable gets its path",
    job: {
      script: ['test "$OPTION" = "--config=$CONFIG" && cat "${OPTION#--config=}"'],
      parts: {
        variables: [variable("CONFIG", "content of it\n", { file: true }), variable("OPTION", "--config=$CONFIG")],
      },
    },
    observed: { log: ["\ncontent of it\n"] },
  },
  {
    title: "a masked value never shows, also one of several lines",
    prove: async (world) => {
      const { raw } = await world.run({
        script: ['echo "[$PASSWORD]"', 'echo "$KEY"', "echo correct-horse-battery >&2"],
        secrets: { PASSWORD: "correct-horse-battery", KEY: "first line of it\nsecond line of it" },
      });
      expect(raw).not.toContain("correct-horse-battery");
      expect(raw).not.toContain("second line of it");
      expect(raw).toContain("[[MASKED]]\n");
    },
  },
  {
    title: "a name that no shell can hold does no harm",
    job: {
      script: ['echo "$GOOD"'],
      variables: { "with-hyphen": "1", "with.dot": "2", "": "3", "1": "4", GOOD: "good" },
    },
    observed: { log: ["\ngood\n"] },
    differs: "GitLab Runner's shell stumbles over such a name, the daemon over an empty one, and the job fails",
  },
  {
    title: "variables stand in the image's name, in a service's and in an artifact's",
    job: {
      script: [
        "test ! -e /bin/bash && echo tiny; touch file; until [ -e $CI_PROJECT_DIR/of-service ]; do sleep 0.1; done",
      ],
      parts: {
        variables: [variable("IMAGE", images.tiny), variable("NAME", "mine")],
        image: { name: "$IMAGE" },
        services: [
          {
            name: "${IMAGE}",
            alias: "own",
            command: ["sh", "-c", "until touch $CI_PROJECT_DIR/of-service; do sleep 0.1; done; sleep 100"],
          },
        ],
        artifacts: [{ name: "$NAME", paths: ["file"], artifact_type: "archive", artifact_format: "zip" }],
      },
    },
    observed: { log: ["\ntiny\n"], artifacts: ["archive mine.zip"] },
  },
  {
    title: "a variable of the job stands before one of the image",
    job: { script: ['echo "[$HOME]"'], variables: { HOME: "/somewhere" } },
    observed: { log: ["\n[/somewhere]\n"] },
  },
  {
    title: "what is written to GITLAB_ENV is there in later steps and after_script",
    job: {
      script: [],
      parts: {
        steps: [
          { name: "script", script: ['echo "LATER=from the script" >>"$GITLAB_ENV"', "echo [$LATER]"] },
          { name: "more", script: ["printenv LATER", 'echo "LATER=from more" >>"$GITLAB_ENV"'] },
          { name: "after_script", script: ['echo "LATER is $LATER"'] },
        ],
      },
    },
    observed: { log: ["\n[]\n", "\nfrom the script\n", "\nLATER is from more\n"] },
  },
  {
    title: "a service gets the public variables and its own, and no others",
    job: {
      script: [askService],
      parts: {
        variables: [variable("OPEN", "open"), variable("CLOSED", "closed-to-services", { public: false })],
        services: [{ ...answering("[$OPEN] [$CLOSED] [$OWN]"), variables: [variable("OWN", "own, $OPEN")] }],
      },
    },
    observed: { log: ["\n[open] [] [own, open]\n"] },
  },
  {
    title: "a service's own variables may name any of the job's",
    differs: "before version 19.3 they may name public ones only",
    job: {
      script: [askService],
      parts: {
        variables: [variable("CLOSED", "closed-to-services", { public: false })],
        services: [{ ...answering("[$NAMES]"), variables: [variable("NAMES", "names $CLOSED")] }],
      },
    },
    observed: { log: ["\n[names closed-to-services]\n"] },
  },
];
