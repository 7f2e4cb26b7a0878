import { images } from "../../support/engine.ts";
import { type Fault, quoted } from "./fault.ts";

/** Faults of images, registries and networks. */
export const imageFaults: readonly Fault[] = [
  {
    title: "an image that is nowhere",
    put: () => ({
      docker: { image: '"registry.invalid/not/there:1"' },
      check: "registry",
      verdict: "fail",
      finding: /is not on the daemon, and its registry can't be reached/,
      fix: /registry\.invalid/,
    }),
  },
  {
    title: "a pull policy that needs a registry which is not there",
    put: () => ({
      docker: { pull_policy: '"always"' },
      check: "registry",
      verdict: "fail",
      finding: /pull_policy asks for a pull each time/,
      fix: /pull_policy = \["always", "if-not-present"\]/,
      also: ["helper-image"],
    }),
  },
  {
    title: "a pull that every job would wait for in vain",
    put: () => ({
      docker: { pull_policy: '["always", "if-not-present"]' },
      check: "registry",
      verdict: "warn",
      finding: /every job waits for the pull to fail first/,
      fix: /docker load/,
      also: ["helper-image"],
    }),
  },
  {
    title: "a helper image that is not there",
    put: () => ({
      docker: { helper_image: '"registry.invalid/helper:1"' },
      check: "helper-image",
      verdict: "fail",
      finding: /registry\.invalid\/helper:1" is not on the daemon/,
      fix: /registry\.invalid/,
    }),
  },
  {
    title: "a helper image without git",
    put: () => ({
      docker: { helper_image: quoted(images.base) },
      check: "helper-tools",
      verdict: "fail",
      finding: /has no git, git-lfs/,
      fix: /helper_image/,
    }),
  },
  {
    title: "a network that is not there",
    put: () => ({
      docker: { network_mode: '"no-such-network"' },
      check: "network",
      verdict: "fail",
      finding: /no-such-network/,
      fix: /docker network create/,
    }),
  },
];
