import type { Rule } from "../rule.ts";
import { complained } from "./said.ts";

/** As the C library, Node, Python, Rust, Java and Go end their sentence. */
const words =
  /: Too many open files(?: \(\d+\))?$|EMFILE: too many open files|ENFILE: file table overflow|\[Errno 24\] Too many open files|Too many open files \(os error 24\)|Too many open files(?<=(?:IOException|SocketException|FileSystemException): .{0,300})|: too many open files$(?<=(?:open|socket|accept4?|pipe2?|dial \w{1,10}|fork\/exec|listen) .{0,600})/;

/** A process has as many files open as its `nofile` lets it. */
export const openFilesLimit: Rule = {
  name: "open-files-limit",
  of: "failed",
  explain: (evidence) => {
    const said = complained(evidence, words);
    if (said === null) return null;
    return {
      cause: "a process has as many files open as its limit allows (nofile)",
      seen: said.line,
      author: "see it: ulimit -n; raise it as far as ulimit -Hn allows: ulimit -n $(ulimit -Hn); or open fewer at once",
      admin: '[runners.docker.ulimit] nofile = "65536:65536"',
    };
  },
};
