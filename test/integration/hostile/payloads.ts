import type { JobHandle } from "../../../src/coordinator/embedded/job-record.ts";
import { jobPayloadSchema } from "../../../src/coordinator/job-payload.ts";
import type { Field } from "./field.ts";
import { field, nextName, spoiled } from "./spoiled.ts";
import { type HostileKind, lineWith, must, row } from "./row.ts";

/** Payloads that are no jobs: the job is given back, or not known. */
const givenBack = ({ job, log }: { readonly job: JobHandle; readonly log: string }): string => {
  must(job.state === "failed" && !log.includes("it runs"), log);
  return `${job.failureReason}: ${log.trim().split("\n").at(-1)?.slice(0, 160) ?? ""}`;
};

/** The agent's own line about an answer that names no job; the next job must run. */
async function unread(place: Field, words: RegExp, change: (payload: string) => string): Promise<string> {
  const { agent, front } = place;
  const name = nextName("unread");
  const before = agent.lines.length;
  front.spoil(name, change);
  await agent.start({ name, script: ["true"] });
  const after = await agent.run({ script: ["echo it goes on"] });
  must(after.job.state === "success", after.log);
  return lineWith(agent.lines.slice(before).join(""), words).slice(0, 200);
}

const variable = (key: string, value: unknown) => ({ key, value, public: true, file: false, masked: false, raw: true });

export const payloads: HostileKind = {
  title: "Payloads",
  rows: [
    row("JSON that stops in the middle", "the agent says so, and takes the next job", (place) =>
      unread(place, /cannot be read|not valid JSON/, (text) => text.slice(0, text.length / 2)),
    ),
    row("no JSON at all but 100,000 opening brackets", "no crash, and the next job is taken", (place) =>
      unread(place, /cannot be read|not valid JSON/, () => "[".repeat(100_000)),
    ),
    row("JSON nested 100,000 deep in an unknown field", "it is not looked at: the job runs", async (place) => {
      const deep = `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`;
      const { job, log } = await spoiled(place, (text) => `{"unknown":${deep},${text.slice(1)}`);
      must(job.state === "success", log);
      return "success";
    }),
    row("JSON nested 100,000 deep in `secrets`", "the job is given back, or runs", async (place) => {
      const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
      const { job, log } = await spoiled(place, (text) => `{"secrets":{"A":${deep}},${text.slice(1)}`);
      must(job.finished, log);
      return `${job.state}: ${log.trim().split("\n").at(-1)?.slice(0, 120) ?? ""}`;
    }),
    row(
      "texts and numbers where lists should be",
      "the job is given back with the names of the fields",
      async (place) =>
        givenBack(
          await spoiled(
            place,
            field((payload) => Object.assign(payload, { variables: 5, steps: "rm -rf /" })),
          ),
        ),
    ),
    row("job_info missing", "the job is given back", async (place) =>
      givenBack(
        await spoiled(
          place,
          field((payload) => void delete payload.job_info),
        ),
      ),
    ),
    row('ids 2^60, 1e308, -1, 1.5, null and "../../x"', "no such job is taken", async (place) => {
      const sample = { token: "t", job_info: {}, git_info: {} };
      for (const id of [2 ** 60, 1e308, -1, 1.5, null])
        must(!jobPayloadSchema.safeParse({ ...sample, id }).success, String(id));
      must(jobPayloadSchema.safeParse({ ...sample, id: 1 }).success, "the sample is no job");
      return unread(place, /cannot be read: id/, (text) => text.replace(/"id":\d+/, '"id":"../../x"'));
    }),
    row("timeout -5", "the default of two hours holds", async (place) => {
      const { job, log } = await spoiled(
        place,
        field((payload) => void (payload.runner_info = { timeout: -5 })),
        {
          steps: [
            {
              name: "script",
              script: ['echo "timeout $CI_JOB_TIMEOUT_AT_ALL"'],
              timeout: -1,
              when: "on_success",
              allow_failure: false,
            },
          ],
        },
      );
      must(job.state === "success", log);
      return "success, and not at once out of time";
    }),
    row("timeout 1e300, and NaN", "the job is given back", async (place) => {
      const huge = givenBack(
        await spoiled(
          place,
          field((payload) => void (payload.runner_info = { timeout: 1e300 })),
        ),
      );
      await unread(place, /not valid JSON/, (text) => text.replace(/"timeout":\d+/, '"timeout":NaN'));
      return huge;
    }),
    row("every key twice", "the last one counts, in all places alike", async (place) => {
      const { job, log } = await spoiled(place, (text) => `{"id":999999,"token":"of-another",${text.slice(1)}`);
      must(job.state === "success", log);
      return "success, under the last id and token";
    }),
    row(
      "__proto__, constructor, toString as keys of objects and names of variables",
      "plain names, nothing else",
      async (place) => {
        const { job, log } = await spoiled(
          place,
          (text) => `{"__proto__":{"steps":[]},"constructor":{"prototype":{"polluted":1}},${text.slice(1)}`,
          {
            variables: ["__proto__", "constructor", "toString", "hasOwnProperty"].map((key) =>
              variable(key, `of ${key}`),
            ) as never,
            steps: [{ name: "script", script: ["env | sort"], timeout: 60, when: "on_success", allow_failure: true }],
          },
        );
        must(({} as { polluted?: number }).polluted === undefined, "Object.prototype was changed");
        for (const key of ["__proto__", "constructor", "toString", "hasOwnProperty"])
          must(log.includes(`${key}=of ${key}`), log);
        return `${job.state}, all four are variables`;
      },
    ),
    row("a script of 100 MB in one text", "the answer is not read to its end, and the next job runs", async (place) => {
      return (await unread(place, /longer than \d+ bytes/, () => "x".repeat(100 * 2 ** 20))).slice(0, 160);
    }),
    row("200,000 variables", "the job ends, and the next one runs", async (place) => {
      const { job, log } = await spoiled(place, (text) => {
        const many = Array.from({ length: 200_000 }, (_, index) => `{"key":"V${index}","value":"v"}`).join(",");
        return text.replace('"variables":[', `"variables":[${many},`);
      });
      must(job.finished, log);
      return `${job.state}: ${log.trim().split("\n").at(-1)?.slice(0, 160) ?? ""}`;
    }),
    row("a script of 20,000 lines", "it runs to its end", async (place) => {
      const { job, log } = await spoiled(
        place,
        field((payload) => {
          payload.steps = [
            {
              name: "script",
              script: [...Array.from({ length: 20_000 }, () => ":"), "echo the last line"],
              timeout: 60,
              when: "on_success",
              allow_failure: false,
            },
          ];
        }),
      );
      must(job.state === "success" && log.includes("\nthe last line\n"), log.slice(-500));
      return "success";
    }),
    row("a NUL in script, names, ref and variables", "the job ends with the reason", async (place) => {
      const { job, log } = await spoiled(
        place,
        field((payload) => {
          payload.git_info["ref"] = "ma\0in";
          payload.variables = [variable("A\0B", "x"), variable("C", "a\0b")];
          payload.steps = [
            { name: "script", script: ["echo a\0b"], timeout: 60, when: "on_success", allow_failure: false },
          ];
        }),
      );
      must(job.state === "failed", log);
      return lineWith(log, /NUL/).slice(0, 160);
    }),
    row(
      "lone surrogates, right-to-left marks and zero-width characters in names and script",
      "they come through as text, and out of the agent's log",
      async (place) => {
        const name = "a\u202Eb\u200Bc\uD800d";
        const { job, log } = await place.agent.run({ name, script: ["echo '[\u202Ex\u200B]'"] });
        must(job.state === "success" && log.includes("[\u202Ex\u200B]\n"), log);
        must(
          !/[\u202E\u200B]/.test(place.agent.lines.join("")),
          place.agent.lines.filter((line) => line.includes("\u202E")).join(""),
        );
        return "success; the agent's log has none of them";
      },
    ),
  ],
};
