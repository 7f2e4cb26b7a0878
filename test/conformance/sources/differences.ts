import type { Difference } from "../case.ts";

export const differences: readonly Difference[] = [
  {
    what: "GIT_CLONE_PATH that is builds_dir itself",
    here: "refused, as one outside of it",
    why: "the job's temporary directory would lie beside it, in no volume",
  },
  {
    what: "FF_GIT_URLS_WITHOUT_TOKENS",
    here: "no address holds a token with or without it; with it, git finds the login everywhere by GIT_CONFIG_COUNT and not by GIT_CONFIG_GLOBAL",
    why: "an address with a password is seen by everybody on the host while git runs; the user's own global settings stay as they are",
  },
  {
    what: "`git lfs pull`",
    here: "only where a .gitattributes names filter=lfs",
    why: "it takes as long as the checkout of a small project",
  },
  {
    what: "`git credential reject` at the end of get_sources and of the job",
    here: "not done",
    why: "credential helpers of the image or of hooks are never given the job's login, so there is nothing to take back",
  },
  {
    what: "clean_git_config with GIT_STRATEGY none",
    here: "nothing of the repository is cleaned, also when the key stands in config.toml",
    why: "what a job finds that fetches nothing isn't its own; the next job that fetches cleans it",
  },
  {
    what: "CI_DEBUG_TRACE in get_sources",
    here: "from the job's variables on: neither they nor the login that git gets are shown",
    why: "the contents of file variables and what the server is told need not have a mask",
  },
];
