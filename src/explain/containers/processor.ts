import type { Evidence } from "../evidence.ts";

/** Docker's name of a processor architecture (`amd64`) for the kernel's (`x86_64`). */
export function dockerArchitecture(name: string): string {
  const known: Readonly<Record<string, string>> = { x86_64: "amd64", aarch64: "arm64", armv7l: "arm", i686: "386" };
  return known[name] ?? name;
}

/** The processor of the machine that runs the job; "" when not known. */
export function hostArchitecture({ daemon }: Evidence): string {
  return dockerArchitecture(daemon?.architecture ?? "");
}
