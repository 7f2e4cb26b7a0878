import { z } from "zod";
import { boolean, choiceOrList, integer, list, listMap, map, maybeBoolean, maybeTable, tables, text } from "./keys.ts";
import { limitKeys, serviceLimitKeys } from "./schema-limits.ts";
import { daemonSchema } from "./schema-daemon.ts";
import { diskKeys } from "./schema-disk.ts";
import { serviceSchema } from "./schema-service.ts";

const pullPolicies = ["always", "if-not-present", "never"] as const;

const connectionKeys = {
  host: text("The daemon that runs the job's containers: `unix://PATH` or `tcp://HOST:PORT`.", {
    defaultText: "`DOCKER_HOST`, else `unix:///var/run/docker.sock`",
    example: '"unix:///var/run/docker.sock"',
  }),
  tls_cert_path: text("Directory with `ca.pem`, `cert.pem` and `key.pem` for a `tcp://` host.", {
    defaultText: "`DOCKER_CERT_PATH`, else `~/.docker`",
    flag: "cert-path",
    env: "DOCKER_CERT_PATH",
  }),
  tls_verify: boolean("Use TLS (1.2 or later) to a `tcp://` host and trust only the CA in `tls_cert_path`.", {
    defaultText: "`DOCKER_TLS_VERIFY` when `host` is not set, else `false`",
    flag: "tlsverify",
  }),
};

const imageKeys = {
  image: text("Image of jobs that name none; may contain variables.", { example: '"debian:bookworm"' }),
  pull_policy: choiceOrList(
    pullPolicies,
    "When images are pulled. Of several policies the next is tried when one fails.",
    {
      defaultText: '"always"',
    },
  ),
  allowed_pull_policies: choiceOrList(pullPolicies, "The policies that a job may ask for.", {
    defaultText: "`pull_policy`",
  }),
  allowed_images: list("Patterns (`*`, `**`) of images that jobs may use; `image` is always allowed. Empty: all."),
  allowed_services: list(
    "Patterns of service images that jobs may use; the configured services are always allowed. Empty: all.",
  ),
  helper_image: text("Image with sh, git, git-lfs and tar, in which sources, caches and artifacts are handled.", {
    defaultText: "GitLab's public helper image",
  }),
  helper_image_flavor: text("Flavor of the default helper image, such as `ubuntu`; of no use with `helper_image`.", {
    value: "alpine",
  }),
  disable_entrypoint_overwrite: boolean("Ignore `entrypoint` of a job's image and services."),
};

const volumeKeys = {
  volumes: list("`/dst` (kept between jobs of one slot), `host:/dst[:mode]` or `name:/dst`; may contain variables.", {
    example: '["/cache"]',
  }),
  volume_driver: text("Driver of the volumes that are made for jobs, also of named ones that are not there yet."),
  volume_driver_ops: map("Options of that driver."),
  volume_keep: boolean("Keep anonymous volumes when their container is removed."),
  disable_cache: boolean("Make `/dst` volumes go with the job; host and named mounts stay."),
  cache_dir: text("Directory on the daemon's host for `/dst` volumes, in place of named volumes."),
  tmpfs: map("Paths mounted as tmpfs in build and helper containers, with their options."),
  services_tmpfs: map("The same in service containers."),
  volumes_from: list("Containers whose volumes are mounted too, `name[:ro|:rw]`."),
};

const networkKeys = {
  network_mode: text("Network of the job's containers.", { defaultText: "Docker's default bridge" }),
  enable_ipv6: boolean("IPv6 in networks that are made for a job."),
  network_mtu: integer("MTU of networks that are made for a job; 0 for the daemon's default.", { unit: "bytes" }),
  dns: list("DNS servers of all containers, as IP addresses."),
  dns_search: list("DNS search domains."),
  extra_hosts: list("Lines for `/etc/hosts`, as `name:ip`."),
  links: list("Links to other containers, `container:alias`."),
  mac_address: text("MAC address of the build container."),
  hostname: text("Host name of build and helper containers.", {
    defaultText: "made from the runner, project and slot",
  }),
};

const accessKeys = {
  privileged: boolean(
    "Run build and helper containers privileged, and services too unless `services_privileged` says otherwise.",
  ),
  services_privileged: maybeBoolean("Run services privileged.", {
    defaultText: "`privileged`",
    flag: "services_privileged",
  }),
  allowed_privileged_images: list("Patterns of images that run privileged; others run without. Empty: all."),
  allowed_privileged_services: list("Patterns of service images that run privileged. Empty: all."),
  user: text("User of the build container; wins over the job's."),
  allowed_users: list("Users that a job may ask for. Empty: all, or only `user` when that is set.", {
    flag: "allowed_users",
  }),
  group_add: list("Further groups of the container's process."),
  cap_add: list("Linux capabilities to add."),
  cap_drop: list("Linux capabilities to drop."),
  security_opt: list("Security options of build and helper containers; `seccomp=FILE` is read on the agent's host."),
  services_security_opt: list("Security options of services; `seccomp=FILE` as in `security_opt`."),
  userns_mode: text("User namespace mode.", { flag: "userns" }),
  devices: list("Host devices, `/dev/host[:/dev/container[:rwm]]`."),
  device_cgroup_rules: list("Device cgroup rules, for example `c 81:* rmw`."),
  services_devices: listMap("Host devices by pattern of service image.", { flag: "services_devices" }),
  gpus: text("GPUs of build and helper containers, as `docker run --gpus`."),
  service_gpus: text("GPUs of services.", { flag: "service_gpus" }),
};

const otherKeys = {
  runtime: text("OCI runtime."),
  isolation: text("Isolation of Windows containers (`default`, `process`, `hyperv`); checked and not used."),
  pid_mode: text("PID namespace of the build container."),
  ipcmode: text("IPC namespace of build and helper containers.", { env: "DOCKER_IPC_MODE" }),
  sysctls: map("Kernel parameters."),
  container_labels: map("Labels of all containers; may contain variables."),
  log_options: map(
    "Options `env` and `labels` of the json-file log driver, which is slower than the one that is used without them.",
  ),
  services_limit: integer("Services a job may have, configured ones included; -1 for no limit.", { value: -1 }),
  wait_for_services_timeout: integer("How long to wait for services; 0 means 30, a negative number doesn't wait.", {
    unit: "seconds",
    value: 30,
  }),
};

export const dockerSchema = z.object({
  ...connectionKeys,
  ...imageKeys,
  ...volumeKeys,
  ...networkKeys,
  ...accessKeys,
  ...limitKeys,
  ...serviceLimitKeys,
  ...otherKeys,
  ...diskKeys,
  daemon: maybeTable(
    "The daemon that the job's own `docker` talks to. Without this table nothing is added to the job.",
    daemonSchema,
  ),
  services: tables("Services started for every job.", serviceSchema),
});

/**
 * `[runners.docker]`. Strings that are not set are "", lists [], maps {}. `host` is always set (resolve.ts);
 * `pull_policy` and `allowed_pull_policies` stay [] when not set, since a refusal names where a policy came from.
 * Memory sizes stay Docker's strings ("512m").
 */
export type DockerConfig = z.output<typeof dockerSchema>;
