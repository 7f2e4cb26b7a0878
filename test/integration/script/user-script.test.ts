import { spawn } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quote } from "../../../src/script/quote.ts";
import { userScript, type UserScriptOptions } from "../../../src/script/user-script.ts";
import { bare, run, shells, temporaryDirectory } from "./shells.ts";

function options(root: string, lines: readonly string[], more: Partial<UserScriptOptions> = {}): UserScriptOptions {
  const projectDir = join(root, "group/project");
  return { lines, projectDir, tempDir: `${projectDir}.tmp`, exports: [], fileVariables: [], ...more };
}

const text = fc.string({ unit: "binary", maxLength: 200 }).filter((s) => !s.includes("\0") && s.isWellFormed());

describe.each(shells)("a user's script in $name", (shell) => {
  it("runs byte for byte what the author wrote, and shows it", () => {
    using root = temporaryDirectory();
    fc.assert(
      fc.property(text, (value) => {
        const line = `printf '<%s>' ${quote(value)}`;
        const { stdout, code } = run(shell, userScript(options(root.path, [line])));
        expect(code).toBe(0);
        expect(stdout.endsWith(`<${value}>`)).toBe(true);
        const shown = line.includes("\n") ? `${line.split("\n")[0] ?? ""} # collapsed multi-line command` : line;
        expect(stdout.startsWith(`\u001b[32;1m$ ${shown}\u001b[0;m\n`)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it("survives a line of 200 kB", () => {
    using root = temporaryDirectory();
    const long = "x'\"$\\%é".repeat(20_000);
    const { stdout, code } = run(
      shell,
      userScript(options(root.path, [`v=${quote(long)}`, `printf '%s' "\${#v}"; printf '%s' "$v"`])),
    );
    expect(code).toBe(0);
    expect(stdout.endsWith(long)).toBe(true);
  });

  it("ends with the exit code of the first line that fails", () => {
    using root = temporaryDirectory();
    const { stdout, code } = run(shell, userScript(options(root.path, ["echo one", "(exit 42)", "echo two"])));
    expect(code).toBe(42);
    expect(bare(stdout)).toBe("$ echo one\none\n$ (exit 42)\n");
  });

  it.runIf(shell.hasPipefail)("fails where any part of a pipeline fails", () => {
    using root = temporaryDirectory();
    expect(run(shell, userScript(options(root.path, ["(exit 3) | cat", "echo two"]))).code).toBe(3);
  });

  it("gives commands an empty standard input, so that they can't eat the script", () => {
    using root = temporaryDirectory();
    const { stdout, code } = run(
      shell,
      userScript(options(root.path, ["cat", "read -r line || echo empty", "echo end"])),
    );
    expect(code).toBe(0);
    expect(bare(stdout)).toBe("$ cat\n$ read -r line || echo empty\nempty\n$ echo end\nend\n");
  });

  it.each(["echo b ) ; echo c", "echo 'b", "if true; then"])(
    "runs nothing of a script with a syntax error (%s)",
    (line) => {
      using root = temporaryDirectory();
      const { stdout, stderr, code } = run(shell, userScript(options(root.path, ["echo a", line])));
      expect(code).not.toBe(0);
      expect(bare(stdout)).toBe(`$ echo a\na\n$ ${line}\n`);
      expect(stderr).not.toBe("");
    },
  );

  it("keeps variables, the directory and functions from one line to the next", () => {
    using root = temporaryDirectory();
    const lines = [
      "a=1",
      "mkdir sub && cd sub",
      'f() { echo "$a in $(basename "$PWD")"; }',
      "f",
      "",
      "set -- x y; echo $#",
    ];
    const { stdout } = run(shell, userScript(options(root.path, lines)));
    expect(bare(stdout)).toContain("1 in sub\n\n$ set -- x y; echo $#\n2\n");
  });

  it("does not join a line that ends in a backslash to what follows", () => {
    using root = temporaryDirectory();
    const { stdout, code } = run(shell, userScript(options(root.path, ["echo a \\", "echo b\\"])));
    expect(code).toBe(0);
    expect(bare(stdout)).toMatch(/^\$ echo a \\\na\n\$ echo b\\\nb/);
  });

  it("shows the first line of a command of several lines, or all of it in a section", () => {
    using root = temporaryDirectory();
    const lines = ["cat <<'END'\n  it's $HOME\nEND", "echo 'a\nb'"];
    const collapsed = bare(run(shell, userScript(options(root.path, lines))).stdout);
    expect(collapsed).toBe(
      "$ cat <<'END' # collapsed multi-line command\n  it's $HOME\n$ echo 'a # collapsed multi-line command\na\nb\n",
    );
    const sections = run(shell, userScript(options(root.path, lines, { sectionPrefix: "script_step" }))).stdout;
    expect(sections.replaceAll("\u001b", "ESC").replaceAll(/:\d+:/g, ":TIME:")).toMatch(
      /^section_start:TIME:section_script_step_0\[hide_duration=true,collapsed=true\]\rESC\[0KESC\[32;1m\$ cat <<'END'\n {2}it's \$HOME\nENDESC\[0;m\nsection_end:TIME:section_script_step_0\rESC\[0K\n/,
    );
  });

  it("stops at a failed line under set +e only when the exit code check is on", () => {
    using root = temporaryDirectory();
    const lines = ["set +e", "(exit 7)", "echo on"];
    expect(run(shell, userScript(options(root.path, lines))).code).toBe(0);
    expect(run(shell, userScript(options(root.path, lines, { exitCodeCheck: true }))).code).toBe(7);
  });

  it("runs the admin's scripts around the author's", () => {
    using root = temporaryDirectory();
    const script = userScript(
      options(root.path, ["echo job"], { preBuildScript: "echo before", postBuildScript: "echo after" }),
    );
    expect(bare(run(shell, script).stdout)).toBe("$ echo before\nbefore\n$ echo job\njob\n$ echo after\nafter\n");
  });

  it("writes file variables, even over one that was made read-only, and exports their paths", () => {
    using root = temporaryDirectory();
    const path = join(root.path, "group/project.tmp/KEY");
    const content = "-----BEGIN\n'\"$(x)\\n\n\n";
    const more = {
      fileVariables: [{ key: "KEY", path, content }],
      exports: [
        { key: "A", value: "b c'$" },
        { key: "not-a-name", value: "1" },
      ],
    };
    const lines = [`printf '%s|%s' "$KEY" "$A"`, `chmod 400 "$KEY"`];
    for (let time = 0; time < 2; time++) {
      const { stdout, code } = run(shell, userScript(options(root.path, lines, more)));
      expect(code).toBe(0);
      expect(stdout).toContain(`${path}|b c'$`);
      expect(readFileSync(path, "utf8")).toBe(content);
    }
    expect(statSync(path).mode & 0o777).toBe(0o400);
  });

  it("hands what a step wrote to GITLAB_ENV to the next one", () => {
    using root = temporaryDirectory();
    const write = [
      "echo 'FOO=a b=c $x' >>$GITLAB_ENV",
      "printf 'bad-name=1\\nnothing\\n  BAR=2\\nLAST=no newline' >>$GITLAB_ENV",
    ];
    expect(run(shell, userScript(options(root.path, write))).code).toBe(0);
    const { stdout, code } = run(shell, userScript(options(root.path, ['echo "$FOO|$LAST"'])));
    expect(code).toBe(0);
    expect(stdout).toContain("a b=c $x|no newline");
    expect(bare(stdout)).toContain("WARNING: GITLAB_ENV: a line that is not KEY=VALUE was ignored");
  });

  it("traces the author's lines under CI_DEBUG_TRACE, and not the contents of file variables", () => {
    using root = temporaryDirectory();
    const fileVariables = [{ key: "KEY", path: join(root.path, "group/project.tmp/KEY"), content: "very-secret" }];
    const { stderr } = run(
      shell,
      userScript(options(root.path, ["a=1", 'echo "$a"'], { xtrace: true, fileVariables })),
    );
    expect(stderr).toContain("+ echo 1");
    expect(stderr).not.toContain("very-secret");
  });

  it("has been read to its end before its first line runs", async () => {
    using root = temporaryDirectory();
    const flag = join(root.path, "flag");
    const wait = `until [ -e ${quote(flag)} ]; do sleep 0.05; done`;
    const [file = "", ...args] = shell.command;
    const child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"] });
    const script = userScript(options(root.path, ["echo first", wait, "echo last"]));
    const tail = "\nexit 0\n";
    let output = "";
    const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
    const started = new Promise<void>((resolve) => {
      child.stdout.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes("first\n")) resolve();
      });
    });
    // Standard input stays open: a shell that still had to read would wait for it.
    child.stdin.write(script.slice(0, -tail.length + 1));
    await started;
    writeFileSync(flag, "");
    child.stdin.end(tail);
    expect(await closed).toBe(0);
    expect(bare(output)).toContain("last\n");
  });

  it("ends with 1 on TERM and says nothing", async () => {
    using root = temporaryDirectory();
    const [file = "", ...args] = shell.command;
    const child = spawn(file, args, { stdio: ["pipe", "pipe", "pipe"] });
    const pid = join(root.path, "pid");
    // The line tells the inner shell's own number (`$$` is the outer one's).
    child.stdin.end(
      userScript(
        options(root.path, [
          `sh -c 'echo $PPID' >${quote(pid)}.new; mv ${quote(pid)}.new ${quote(pid)}; echo go; sleep 0.2; sleep 0.2; echo more`.concat(
            "",
          ),
        ]),
      ),
    );
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
    await new Promise<void>((resolve) =>
      child.stdout.once("data", () => {
        resolve();
      }),
    );
    while (!existsSync(pid)) await new Promise((resolve) => setImmediate(resolve));
    process.kill(Number(readFileSync(pid, "utf8")), "SIGTERM");
    expect(await closed).toBe(1);
    expect(errors).toBe("");
  });
});
