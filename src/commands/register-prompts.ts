import { apiBase } from "../coordinator/url.ts";
import { tokenKind } from "../coordinator/token.ts";
import { AgentError } from "../support/errors.ts";
import type { Choice, Prompter, Question } from "./command-deps.ts";

/** Only a person needs it; loading it would cost every other command time and memory. */
const prompts = () => import("@clack/prompts");

/** Asks on the terminal. */
export const terminalPrompter: Prompter = {
  async ask(question: Question) {
    const { message, placeholder, initial, secret, optional, check } = question;
    const validate = (value: string | undefined) => {
      const answer = (value ?? "").trim();
      if (answer === "") return optional ? undefined : "An answer is needed.";
      return check?.(answer);
    };
    const { isCancel, password, text } = await prompts();
    const answer = secret
      ? await password({ message, validate })
      : await text({
          message,
          validate,
          ...(placeholder === undefined ? {} : { placeholder }),
          ...(initial === undefined ? {} : { initialValue: initial }),
        });
    if (isCancel(answer)) throw cancelled();
    return (answer ?? "").trim();
  },
  async choose(message: string, choices: readonly Choice[]) {
    const { isCancel, select } = await prompts();
    const answer = await select({ message, options: choices.map((choice) => ({ ...choice })) });
    if (isCancel(answer)) throw cancelled();
    return answer;
  },
};

const cancelled = (): AgentError =>
  new AgentError("CANCELLED", "cancelled; nothing was registered", { hint: "run the command again to start over" });

/** What `register` must know, by flag or from a person. "" for not known yet. */
export interface Answers {
  readonly url: string;
  /** An authentication or a registration token; which one shows in `legacy`. */
  readonly token: string;
  readonly name: string;
  readonly image: string;
  /** "none" for no daemon of the job's own. */
  readonly wiring: string;
  /** Only for registration tokens. */
  readonly tags: string;
  readonly note: string;
}

const wiringChoices: readonly Choice[] = [
  { value: "none", label: "not at all (or by volumes and services of your own, as with GitLab Runner)" },
  { value: "socket", label: "socket: share the host's daemon; fast, and jobs control the host's Docker" },
  { value: "dind", label: "dind: a fresh daemon for each job, started privileged beside it" },
  { value: "tcp", label: "tcp: the daemon at the runner's own tcp:// host" },
];

/** Asks for what isn't known, one question after another. `isLegacy` says whether a token that was typed in is a registration token. */
export async function askMissing(
  known: Answers,
  given: { readonly authentication: boolean; readonly host: string },
  hostname: string,
  prompter: Prompter,
): Promise<Answers> {
  const url =
    known.url ||
    (await prompter.ask({
      message: "URL of the coordinator",
      placeholder: "https://gitlab.example.com",
      check: urlProblem,
    }));
  const token =
    known.token || (await prompter.ask({ message: "Runner authentication token (glrt-...)", secret: true }));
  const name = known.name || (await prompter.ask({ message: "Name of the runner", initial: hostname }));
  const legacy = tokenKind(token) === "other" && !given.authentication;
  const tags =
    known.tags || (legacy ? await prompter.ask({ message: "Tags, separated by commas", optional: true }) : "");
  const note = known.note || (legacy ? await prompter.ask({ message: "Maintenance note", optional: true }) : "");
  const image =
    known.image || (await prompter.ask({ message: "Image of jobs that name none", placeholder: "debian:bookworm" }));
  const wirings = wiringChoices.filter(({ value }) => value !== "tcp" || given.host.startsWith("tcp://"));
  const wiring = known.wiring || (await prompter.choose("How do jobs reach Docker?", wirings));
  return { url, token, name, image, wiring, tags, note };
}

const urlProblem = (answer: string): string | undefined => {
  const base = apiBase(answer);
  return base.ok ? undefined : base.problem;
};
