import { images } from "../../support/engine.ts";
import type { Case } from "../case.ts";
import { sources } from "./scene.ts";

const image = images.helper;
const listOther = 'cd / && git ls-remote "$CI_SERVER_URL/group/other.git" main';
const everywhere = { FF_GIT_URLS_WITHOUT_TOKENS: "true" };
const nowhereElse = "before version 19.2 git has it in the project directory alone";

/** The job's token, and what git is told beside it. */
export const logins: readonly Case[] = [
  {
    title: "no file of the project holds the job's token",
    differs: "before version 18.6 .git/config does, in the addresses of the remote and of submodules",
    job: sources({
      script: [
        'grep -rlF "$CI_JOB_TOKEN" "$CI_PROJECT_DIR" && exit 1; echo none',
        "grep '@' .git/config || echo no login",
      ],
      project: "modules",
      variables: { GIT_SUBMODULE_STRATEGY: "normal" },
    }),
    observed: { log: ["\nnone\n", "\nno login\n"] },
  },
  {
    title: "CI_DEBUG_TRACE shows what git is called with, and no login",
    job: sources({ script: ["true"], variables: { CI_DEBUG_TRACE: "true" } }),
    observed: {
      log: [/^\++ git -c .*http\.userAgent=.* fetch origin /m, /^\++ git .*checkout -f -q /m],
      absent: ["password="],
    },
    differs: "it shows the variables of the job and the login, too, as far as they have no mask",
  },
  {
    title: "the script's own git has the job's login in the project directory",
    job: sources({
      script: ["git fetch -q origin main && echo fetched; git -C lib fetch -q && echo lib too"],
      image,
      project: "modules",
      variables: { GIT_SUBMODULE_STRATEGY: "normal" },
    }),
    observed: { log: ["\nfetched\nlib too\n"] },
  },
  {
    title: "elsewhere in the job git has no login",
    job: sources({ script: [`(${listOther}) || echo refused`], image }),
    observed: { log: ["\nrefused\n"] },
  },
  {
    title: "FF_GIT_URLS_WITHOUT_TOKENS gives it to git wherever it runs",
    differs: nowhereElse,
    job: sources({ script: [listOther], image, variables: everywhere }),
    observed: { log: [/^[0-9a-f]{40}\s+refs\/heads\/main$/m] },
  },
  {
    title: "FF_GIT_URLS_WITHOUT_TOKENS does so without sources, too",
    differs: nowhereElse,
    job: sources({ script: [listOther], image, variables: { ...everywhere, GIT_STRATEGY: "none" } }),
    observed: { log: [/^[0-9a-f]{40}\s+refs\/heads\/main$/m] },
  },
  {
    title: "FF_USE_GITALY_CORRELATION_ID sends the job request's id with git's requests, and shows it",
    differs: "before version 18.1 it sends none",
    job: sources({ script: ["git config http.extraHeader"], image }),
    observed: { log: [/^Gitaly correlation ID: [0-9a-f]{32}$/m, /^X-Gitaly-Correlation-ID: [0-9a-f]{32}$/m] },
  },
  {
    title: "FF_USE_GITALY_CORRELATION_ID false sends none",
    job: sources({
      script: ["git config http.extraHeader || echo none"],
      image,
      variables: { FF_USE_GITALY_CORRELATION_ID: "false" },
    }),
    observed: { log: ["\nnone\n"], absent: ["Gitaly correlation ID"] },
  },
  {
    title: "FF_USE_GIT_BUNDLE_URIS lets git use bundles, by default",
    job: sources({ script: ["git config transfer.bundleURI"], image }),
    observed: { log: ["$ git config transfer.bundleURI\ntrue\n"] },
  },
  {
    title: "FF_USE_GIT_PROACTIVE_AUTH tells git to log in with its first request to the coordinator's host",
    differs: "before version 18.10 it has no such flag",
    job: sources({
      script: ['git config --get-urlmatch http.proactiveAuth "$CI_SERVER_URL"'],
      image,
      variables: { FF_USE_GIT_PROACTIVE_AUTH: "true" },
    }),
    observed: { log: ["\nbasic\n"] },
  },
];
