import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Prompter } from "../../../src/commands/command-deps.ts";
import { CommandLine } from "./command-line.ts";

/** What `choose` throws for a choice that isn't offered. */
const notOffered = /isn't offered/;

/** Answers by the first word of a question that fits; remembers what was asked. */
function person(answers: Readonly<Record<string, string>>): Prompter & { readonly asked: string[] } {
  const asked: string[] = [];
  const answer = (message: string): string => {
    asked.push(message);
    return Object.entries(answers).find(([word]) => message.includes(word))?.[1] ?? "";
  };
  return {
    asked,
    ask: async ({ message, initial }) => answer(message) || (initial ?? ""),
    choose: async (message, choices) => {
      const chosen = answer(message);
      if (!choices.some(({ value }) => value === chosen)) throw new Error(`${chosen} isn't offered`);
      return chosen;
    },
  };
}

let cli: CommandLine;
beforeEach(async () => {
  cli = await CommandLine.create();
  cli.coordinator.runners.set("glrt-abc", 7);
  cli.coordinator.registrationTokens.add("reg-abc");
});
afterEach(() => cli[Symbol.asyncDispose]());

const answers = { URL: "https://ci.test", token: "glrt-abc", Image: "alpine", Docker: "socket" };

describe("register on a terminal", () => {
  it("asks for what it needs and nothing of what only registration tokens need", async () => {
    const prompter = person(answers);
    expect(await cli.run(["register"], { prompter })).toBe(0);
    expect(prompter.asked).toHaveLength(5);
    expect(await cli.config()).toContain('name = "build-host"');
    expect(await cli.config()).toContain('wiring = "socket"');
  });

  it("asks for tags and a note with a registration token", async () => {
    const prompter = person({ ...answers, token: "reg-abc", Docker: "none", Tags: "a,b", note: "mine" });
    await cli.run(["register"], { prompter });
    expect(cli.coordinator.registered[0]).toMatchObject({
      tagList: "a,b",
      maintenanceNote: "mine",
      runUntagged: false,
    });
    expect(await cli.config()).not.toContain("wiring");
  });

  it("asks only for what flags don't say", async () => {
    const prompter = person(answers);
    const flags = ["--url", "https://ci.test", "--token", "glrt-abc", "--name", "n", "--docker-daemon-wiring", "dind"];
    await cli.run(["register", ...flags], { prompter });
    expect(prompter.asked).toEqual([expect.stringContaining("Image")]);
  });

  it("offers the tcp wiring only where the daemon's address is known", async () => {
    const prompter = person({ ...answers, Docker: "tcp" });
    await expect(cli.run(["register"], { prompter })).rejects.toThrow(notOffered);
    await cli.run(["register", "--docker-host", "tcp://h:2375"], { prompter });
    expect(await cli.config()).toContain('wiring = "tcp"');
  });

  it("doesn't ask when told not to", async () => {
    const prompter = person(answers);
    await expect(cli.run(["register", "-n"], { prompter })).rejects.toMatchObject({ code: "REGISTER_MISSING" });
    expect(prompter.asked).toEqual([]);
  });
});
