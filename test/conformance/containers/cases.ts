import type { Feature } from "../case.ts";
import { access } from "./access.ts";
import { limits } from "./limits.ts";
import { naming } from "./naming.ts";
import { networks, prepareNetworks } from "./networks.ts";
import { prepareVolumes, volumes } from "./volumes.ts";

export const feature: Feature = {
  title: "Containers",
  cases: [...limits, ...access, ...networks, ...volumes, ...naming],
  prepare: async (world) => {
    await using prepared = new AsyncDisposableStack();
    prepared.use(await prepareNetworks(world));
    prepared.use(await prepareVolumes(world));
    return prepared.move();
  },
  differences: [
    {
      what: '`network_mode = ""` with services',
      here: "the job gets a network of its own, as with FF_NETWORK_PER_BUILD; services are found by DNS",
      why: "on the default bridge names are lines in /etc/hosts, written before a service restarts elsewhere, and unseen by services among themselves",
    },
    {
      what: '`network_mode = "bridge"` and `"default"`',
      here: 'as `""`',
      why: "Docker resolves no names there",
    },
    {
      what: "log driver `json-file`",
      here: "`local`; `json-file` where `log_options` is set",
      why: "it is several times faster, and a job's log is read from the container's stream",
    },
    {
      what: "`gpus`, `service_gpus`",
      here: "as in GitLab Runner; proved up to the request that the daemon gets",
      why: "the machines that run the tests have no GPU",
    },
    {
      what: "`oom_kill_disable`",
      here: "as in GitLab Runner; proved up to the request that the daemon gets",
      why: "with cgroup v2 the daemon drops it",
    },
    {
      what: "`helper_image_flavor`",
      here: "the flavor of GitLab's public helper image, when `helper_image` is not set",
      why: "it needs sh, git, git-lfs and tar, which all flavors but `concrete` have",
    },
    {
      what: "`isolation`",
      here: "a value that Docker knows is accepted; `process` and `hyperv` are warned of and not used",
      why: "it is for Windows containers; a Linux daemon refuses a container with them",
    },
    {
      what: '`host = "ssh://…"` and `npipe://`',
      here: "refused at the start, with what to write in their place",
      why: "a job's many short calls over ssh cost seconds each; `ssh -L` forwards the socket once",
    },
    {
      what: "the agent's pre-shipped helper images",
      here: "the helper image is pulled as any other, or named by `helper_image`",
      why: "the helper is any image with sh, git, git-lfs and tar",
    },
    {
      what: "containers `-wait-for-service` and `-set-permission`, labels of type wait and cache-init",
      here: "the helper, which is there already, does both",
      why: "a container more costs 0.3 to 0.5 s",
    },
    {
      what: "the build container's `Image` is a repository digest",
      here: "the image's id",
      why: "both name one image; what another job pulls meanwhile changes neither",
    },
    {
      what: "values in config.toml that nothing can be made of: `memory`, `cpus`, `dns`, `volumes`, `log_options` …",
      here: "said with line, key and fix when the file is read; the entry takes no jobs, and the others do",
      why: "each job of it would fail for what its author can't change",
    },
  ],
};
