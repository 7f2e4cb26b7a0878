import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import { entry } from "./bad-config/bad-config.ts";

const parse = (toml: string) => parseConfig(toml, "f", { env: {}, home: "/home/ci" });
const s3 = (keys: string) => entry("", `[runners.cache]\nType = "s3"\n[runners.cache.s3]\n${keys}`);
const gcs = (keys: string) => entry("", `[runners.cache]\nType = "gcs"\n[runners.cache.gcs]\n${keys}`);
const azure = (keys: string) => entry("", `[runners.cache]\nType = "azure"\n[runners.cache.azure]\n${keys}`);

const ofDocker: readonly (readonly [docker: string, says: string])[] = [
  ['cpuset_cpus = "0, 1"', 'f:7:15: runners[0].docker.cpuset_cpus: found "0, 1"'],
  ['memory = "5m"', "f:7:10: runners[0].docker.memory: is less than 6m"],
  ['memory_swap = "1g"', "f:7:15: runners[0].docker.memory_swap: is set without memory"],
  ['service_memory = "2g"\nservice_memory_swap = "1g"', "service_memory_swap: is less than service_memory"],
  ['memory = "1g"\nmemory_reservation = "2g"', "docker.memory_reservation: is more than memory"],
  ["shm_size = -1", "docker.shm_size: is negative"],
  ["cpu_shares = -1", "docker.cpu_shares: is negative"],
  ["oom_score_adjust = 1001", "docker.oom_score_adjust: is not from -1000 to 1000"],
  ['ulimit = { nofiles = "1" }', "docker.ulimit.nofiles: there is no such limit"],
  ['ulimit = { nofile = "100:10" }', "docker.ulimit.nofile: the soft limit is above the hard one"],
  ['extra_hosts = ["a:1.2.3.4", "b=1.2.3.4"]', 'f:7:29: runners[0].docker.extra_hosts[1]: found "b=1.2.3.4"'],
  ['extra_hosts = ["a:[::1]"]', "docker.extra_hosts[0]: found"],
  ['links = ["a:b:c"]', "docker.links[0]: found"],
  ['device_cgroup_rules = ["c 81:* rwx"]', "docker.device_cgroup_rules[0]: found"],
  ['volumes_from = ["x:rx"]', "docker.volumes_from[0]: found"],
  ['cap_add = ["NET_ADMN"]', "docker.cap_add[0]: found"],
  ['security_opt = ["nonewprivileges"]', "docker.security_opt[0]: found"],
  ['tmpfs = { tmp = "" }', 'docker.tmpfs.tmp: "tmp" is not an absolute path'],
  [`hostname = "${"x".repeat(65)}"`, "docker.hostname: is longer than 64 bytes"],
  ['ipcmode = "privat"', "docker.ipcmode: found"],
  ['image = "Debian"', 'docker.image: "Debian" is not an image\'s name'],
  ["[[runners.docker.services]]", "docker.services[0].name: "],
  ['pull_policy = "always"\nallowed_pull_policies = "never"', "f:8:25: runners[0].docker.allowed_pull_policies: what"],
  ['allowed_images = ["a", "["]', 'docker.allowed_images[1]: the pattern "[" cannot be used'],
];

const ofEntry: readonly (readonly [runner: string, says: string])[] = [
  ['environment = ["A=1", "topsecret"]', "runners[0].environment[1]: a variable without = is not used"],
  ['cache_dir = "cache"', 'runners[0].cache_dir: "cache" is not an absolute path'],
  ['clone_url = "gitlab.test"', "runners[0].clone_url: is not a URL"],
];

const ofCache: readonly (readonly [toml: string, says: string])[] = [
  [entry("", '[runners.cache]\nType = "s3"'), 'f:6:8: runners[0].cache.Type: is "s3" without [runners.cache.s3]'],
  [
    entry("", '[runners.cache]\n[runners.cache.gcs]\nBucketName = "b"'),
    "runners[0].cache.Type: is not set, so that [runners.cache.gcs] is not used",
  ],
  [s3(""), "runners[0].cache.s3.BucketName: [runners.cache.s3] names no bucket: caches are stored only locally"],
  [s3('BucketName = "a/b"'), 'cache.s3.BucketName: "a/b" is no bucket\'s name'],
  [s3('BucketName = "b"\nServerAddress = "https://me:topsecret@s3.test"'), "f:9:17: runners[0].cache.s3.ServerAddress"],
  [s3('BucketName = "b"\nAuthenticationType = "key"'), 'AuthenticationType = "key" is unknown'],
  [s3('BucketName = "b"\nServerSideEncryption = "ROT13"'), 'ServerSideEncryption = "ROT13" is unknown'],
  [s3('BucketName = "b"\nServerSideEncryptionKeyID = "k"'), "cache.s3.ServerSideEncryptionKeyID: is not used"],
  [s3('BucketName = "b"\nRoleARN = "caches"'), 'cache.s3.RoleARN: "caches" is no role\'s ARN'],
  [s3('BucketName = "b"\nAccessKey = "topsecret"'), "cache.s3.AccessKey: is set without SecretKey"],
  [s3('BucketName = "b"\nSecretKey = "topsecret"'), "cache.s3.SecretKey: is set without AccessKey"],
  [s3('BucketName = "b"\nAccessKey = "a"\nSecretKey = "topsecret"'), "cache.s3.AccessKey: is not used without Server"],
  [
    s3('BucketName = "b"\nAccessKey = "topsecret"\nAuthenticationType = "access-key"'),
    'cache.s3.SecretKey: is not set, which AuthenticationType = "access-key" needs',
  ],
  [gcs(""), "cache.gcs.BucketName: is not set"],
  [gcs('BucketName = "b"\nPrivateKey = "topsecret"\nAccessID = "a"'), "cache.gcs.PrivateKey: is no private key"],
  [gcs('BucketName = "b"\nUniverseDomain = "https://x"'), "cache.gcs.UniverseDomain: is no domain"],
  [azure('AccountKey = "a2V5"\nContainerName = "c"'), "cache.azure.AccountName: is not set"],
  [
    azure('AccountName = "a"\nAccountKey = "top-secret!"\nContainerName = "c"'),
    "cache.azure.AccountKey: is not base64",
  ],
  [
    azure('AccountName = "a"\nAccountKey = "a2V5"\nContainerName = "c"\nStorageDomain = "https://x/y"'),
    "cache.azure.StorageDomain: ",
  ],
];

describe("a value that looks wrong is said with its place, and the entry is used", () => {
  it.each([
    ...ofDocker.map(([docker, says]) => [entry(docker), says] as const),
    ...ofEntry.map(([runner, says]) => [entry("", runner), says] as const),
    ...ofCache,
  ])("%j: %s", (toml, says) => {
    const { warnings, faults, config } = parse(toml);
    expect(warnings).toEqual([expect.stringContaining(says)]);
    expect(warnings.join()).toMatch(/^f:\d+:\d+: runners\[0\]\..*; \w/);
    expect(warnings.join()).not.toMatch(/top-?secret/);
    expect(faults).toEqual([]);
    expect(config.runners[0]?.problem).toBeNull();
  });
});

it.each([
  entry('memory = "1g"\nmemory_swap = "-1"\nmemory_reservation = "512m"\ncpuset_cpus = "0-3,6"\ncpuset_mems = "0"'),
  entry('extra_hosts = ["a:1.2.3.4", "b:::1", "c:host-gateway"]\nlinks = ["a", "a:b"]\nvolumes_from = ["a", "b:ro"]'),
  entry('cap_add = ["cap_net_admin", "SYS_PTRACE"]\ncap_drop = ["all"]\ndevice_cgroup_rules = ["a *:* rwm"]'),
  entry('security_opt = ["no-new-privileges:true", "label=disable", "seccomp=unconfined"]\nipcmode = "container:a"'),
  entry('ulimit = { nofile = "1024:-1", core = "0", memlock = "-1" }\nimage = "$IMAGE"\nvolumes = ["/x/$CI_JOB_ID"]'),
  entry('pull_policy = "never"\nallowed_images = ["ruby:*", "{a,b}/**"]\ntmpfs = { "/tmp" = "size=1m" }'),
  entry("", "[runners.cache]\n[runners.cache.s3]\n[runners.cache.gcs]\n[runners.cache.azure]"),
  s3('BucketName = "b"'),
  s3('BucketName = "b"\nServerAddress = "minio.test:9000"\nAccessKey = "a"\nSecretKey = "b"\nInsecure = true'),
  s3('BucketName = "b"\nRoleARN = "arn:aws:iam::123456789012:role/x"\nServerSideEncryption = "KMS"'),
  gcs('BucketName = "b"'),
  azure('AccountName = "a"\nAccountKey = "a2V5"\nContainerName = "c"'),
])("nothing is said of what may be: %j", (toml) => {
  expect(parse(toml)).toMatchObject({ warnings: [], faults: [] });
});
