import { createHash } from "node:crypto";
import type { TarFile } from "./tar-files.ts";

/** A file of an archive, by its name and the SHA-256 of its content in hexadecimal digits. */
export interface Subject {
  readonly name: string;
  readonly sha256: string;
}

/** A file to be made of what an archive holds. */
export interface Statement {
  readonly name: string;
  readonly content: (subjects: readonly Subject[]) => string;
}

/** The files, and after the last of them the statement about them: they are hashed as they pass. */
export async function* withStatement(files: AsyncIterable<TarFile>, statement: Statement): AsyncGenerator<TarFile> {
  const subjects: Subject[] = [];
  let latest = new Date(0);
  for await (const file of files) {
    if (file.mtime > latest) latest = file.mtime;
    // A statement of an earlier try may lie among them.
    if (file.name === statement.name) continue;
    yield file.kind === "file" ? { ...file, content: hashed(file, subjects) } : file;
  }
  const content = Buffer.from(statement.content(subjects));
  const shared = { mode: 0o644, uid: 0, gid: 0, mtime: latest, target: "" };
  yield { ...shared, name: statement.name, kind: "file", size: content.length, content: once(content) };
}

async function* hashed({ name, content }: TarFile, subjects: Subject[]): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  for await (const chunk of content) {
    hash.update(chunk);
    yield chunk;
  }
  subjects.push({ name, sha256: hash.digest("hex") });
}

async function* once(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}
