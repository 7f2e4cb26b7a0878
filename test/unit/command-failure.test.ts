import { CommanderError } from "commander";
import { expect, it } from "vitest";
import { commandFailure } from "../../src/command-failure.ts";
import { AgentError } from "../../src/support/errors.ts";

it.each<[string, unknown, string, number]>([
  ["help is no failure", new CommanderError(0, "commander.helpDisplayed", "(outputHelp)"), "", 0],
  ["wrong flags are told by the command line", new CommanderError(1, "commander.unknownOption", "error"), "", 2],
  [
    "an error says what to change",
    new AgentError("USAGE_FLAG", "it is wrong", { hint: "write it right", exitCode: 2 }),
    "ERROR: it is wrong\n  fix: write it right [USAGE_FLAG]",
    2,
  ],
  ["anything else says what it is", new Error("broken"), "ERROR: broken", 1],
])("%s", (_, error, text, exitCode) => {
  expect(commandFailure(error)).toEqual({ text, exitCode });
});
