import { afterAll, describe, it } from "vitest";
import { images } from "../../support/engine.ts";
import { sharedAgent } from "../../support/shared-agent.ts";
import { type Fault, Faults } from "./fault.ts";

const faults = new Faults("disk and limits");
/** The kernel counts per user: nobody else's processes must be in want. */
const user = { docker: { user: "4242" } };
const { agent } = sharedAgent({
  runners: [
    {
      tag: "small",
      docker: '[runners.docker.tmpfs]\n"/small" = "rw,size=1m"\n[runners.docker.ulimit]\nnofile = "64:64"',
    },
    { tag: "few", docker: '[runners.docker.ulimit]\nnproc = "24:24"' },
    { tag: "plain" },
    {
      tag: "dind",
      docker: 'services_privileged = true\n[runners.docker.services_tmpfs]\n"/var/lib/docker" = "rw,size=24m"',
    },
  ],
});

afterAll(() => {
  faults.report();
});

const perl = (program: string) => `perl -e '${program}'`;
const table: Fault[] = [
  {
    title: "a full tmpfs",
    rule: "disk-full",
    tag: "small",
    script: ["dd if=/dev/zero of=/small/file bs=1M count=3"],
    says: /the disk with \/small\/file [^]*df -h \/small;/,
  },
  {
    title: "full shared memory",
    rule: "shm-full",
    tag: "plain",
    script: ["dd if=/dev/zero of=/dev/shm/file bs=1M count=80"],
    says: /shm_size/,
  },
  {
    title: "a full disk of the job's daemon",
    rule: "daemon-disk-full",
    tag: "dind",
    services: [{ name: images.dind, alias: "docker" }],
    script: [
      "dd if=/dev/zero of=file bs=1M count=40; printf 'FROM scratch\\nCOPY file /\\n' >Dockerfile",
      "docker build .",
    ],
    says: /the data of the job's daemon/,
  },
  {
    title: "too many open files",
    rule: "open-files-limit",
    tag: "small",
    script: [perl('while (1) { open(my $h, "<", "/dev/null") or die "/dev/null: $!\\n"; push @f, $h }')],
    says: /nofile = /,
  },
  {
    title: "too many processes",
    rule: "process-limit",
    tag: "few",
    parts: { image: { name: images.base, executor_opts: user } },
    script: [perl('for (1..64) { $p = fork; die "fork: $!\\n" unless defined $p; sleep 60 unless $p }')],
    says: /ulimit nproc/,
  },
  {
    title: "too many inotify instances",
    rule: "inotify-limit",
    tag: "plain",
    parts: { image: { name: images.node, executor_opts: user } },
    script: [perl('syscall(294, 0) for 1..1100; exec "node", "-e", q{require("fs").watch("/tmp")}')],
    says: /max_user_instances/,
  },
];

describe.concurrent("a limit that a job meets", () => {
  it.each(table)("is explained: $title", async (fault) => {
    await faults.prove(agent(), fault);
  });
});
