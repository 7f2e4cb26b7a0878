import { images } from "../../support/engine.ts";
import type { Case } from "../case.ts";

const input = (key: string, type: string, content: unknown, sensitive = false) => ({
  key,
  value: { type, content, sensitive },
});

const inputs = [
  input("name", "string", "fred"),
  input("count", "number", 3),
  input("verbose", "boolean", true),
  input("list", "array", ["one", "two"]),
  input("place", "struct", { city: "Sydney" }),
];

const since = "before version 18.7 it has no job inputs";
const refused = { state: "failed", failureReason: "runner_configuration_error" } as const;

/** `inputs[]` and the expressions that name them. */
export const inputCases: readonly Case[] = [
  {
    title: "`${{ job.inputs.NAME }}` is replaced in script and after_script, of every type",
    differs: since,
    job: {
      script: [
        "echo '${{ job.inputs.name }} ${{job.inputs.count}} ${{ job.inputs.verbose }} ${{ job.inputs.list[1] }}'",
      ],
      afterScript: ["echo 'in ${{ job.inputs.place.city }}, ${{ job.inputs.place[\"city\"] }}'"],
      parts: { inputs },
    },
    observed: { log: ["$ echo 'fred 3 true two'\nfred 3 true two\n", "\nin Sydney, Sydney\n"] },
  },
  {
    title: "an input's expression may compute: operators, defaults, functions",
    differs: since,
    job: {
      script: [
        "echo \"${{ str(job.inputs.count * 2 + 1) }} ${{ job.inputs.count > 2 && 'many' || 'few' }} ${{ !job.inputs.verbose }}\"",
        "echo \"${{ job.inputs.name + '@' + job.inputs.place.city }} ${{ num('1') }}\"",
      ],
      parts: { inputs },
    },
    observed: { log: ["\n7 many false\n", "\nfred@Sydney 1\n"] },
  },
  {
    title: "a whole array or struct stands as JSON in a text",
    differs: since,
    job: { script: ["echo '${{ job.inputs.list }} ${{ job.inputs.place }}'"], parts: { inputs } },
    observed: { log: ['\n["one","two"] {"city":"Sydney"}\n'] },
  },
  {
    title: "`\\${{` stands for itself in a job with inputs",
    differs: since,
    job: { script: ["echo 'a \\${{ b }}'"], parts: { inputs } },
    observed: { log: ["\na ${{ b }}\n"] },
  },
  {
    title: "an input names the job's image and its user",
    differs: since,
    job: {
      script: ["test ! -e /bin/bash && echo tiny; id -u"],
      parts: {
        inputs: [input("image", "string", images.tiny), input("user", "number", 1000)],
        image: { name: "${{ job.inputs.image }}", executor_opts: { docker: { user: "${{ job.inputs.user }}" } } },
      },
    },
    observed: { log: ["\ntiny\n1000\n"] },
  },
  {
    title: "an input names what is uploaded",
    differs: since,
    job: {
      script: ["touch fred.txt other.txt"],
      parts: {
        inputs,
        artifacts: [
          {
            name: "of-${{ job.inputs.name }}",
            paths: ["${{ job.inputs.name }}.*"],
            artifact_type: "archive",
            artifact_format: "zip",
          },
        ],
      },
    },
    observed: { artifacts: ["archive of-fred.zip"], log: [/fred\.\*: found 1 matching/] },
  },
  {
    title: "an input stands in a cache's key and paths",
    differs: since,
    job: {
      script: ["mkdir fred; touch fred/file"],
      parts: { inputs, cache: [{ key: "of-${{ job.inputs.name }}", paths: ["${{ job.inputs.name }}"] }] },
    },
    observed: { log: [/cache.*of-fred/i, /fred: found 2 matching/] },
  },
  {
    title: "an input names a service and stands in its command",
    differs: since,
    job: {
      script: ["cat $CI_PROJECT_DIR.of-service"],
      parts: {
        inputs: [...inputs, input("image", "string", images.tiny)],
        services: [
          {
            name: "${{ job.inputs.image }}",
            alias: "own",
            command: [
              "sh",
              "-c",
              "mkdir -p $CI_PROJECT_DIR; echo ${{ job.inputs.name }} >$CI_PROJECT_DIR.of-service; sleep 100",
            ],
          },
        ],
      },
    },
    observed: { log: ["\nfred\n"] },
  },
  {
    title: "a job without inputs keeps its `${{` as it is",
    job: { script: ["echo '${{ job.inputs.name }}'"] },
    observed: { log: ["\n${{ job.inputs.name }}\n"] },
  },
  {
    title: "FF_ENABLE_JOB_INPUTS_INTERPOLATION=false leaves `${{` as it is",
    job: {
      script: ["echo '${{ job.inputs.name }}'"],
      variables: { FF_ENABLE_JOB_INPUTS_INTERPOLATION: "false" },
      parts: { inputs },
    },
    observed: { log: ["\n${{ job.inputs.name }}\n"] },
  },
  {
    title: "an input that isn't there fails the job as its configuration's fault, and says which",
    differs: since,
    job: { script: ["echo ${{ job.inputs.other }}"], parts: { inputs } },
    observed: {
      ...refused,
      log: [/Job failed: failed to interpolate job inputs: there is no "other"/],
      absent: ["$ echo"],
    },
  },
  {
    title: "an expression that can't be read fails the job as its configuration's fault, and says where",
    differs: since,
    job: { script: ["echo ${{ job.inputs.name + }}"], parts: { inputs } },
    observed: { ...refused, log: [/failed to interpolate job inputs: unexpected "}", expected a value at character/] },
  },
  {
    title: "a sensitive input can't be interpolated: the job fails, and it doesn't show",
    differs: since,
    job: {
      script: ["echo ${{ job.inputs.password }}"],
      parts: { inputs: [input("password", "string", "hunter2hunter2", true)] },
    },
    observed: { ...refused, log: [/a sensitive input stands in/], absent: ["hunter2hunter2"] },
  },
  {
    title: "an input that isn't of its type fails the job as its configuration's fault",
    job: { script: ["echo never"], parts: { inputs: [input("count", "number", "3")] } },
    observed: { ...refused, log: [/the input "count" is no number/] },
    differs: "GitLab Runner can't read such a job at all, and drops it; here its author is told",
  },
];
