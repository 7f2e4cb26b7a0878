// The Debian mirror that this machine's apt uses, so that images are built where the machine's own packages come from.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const everywhere = "http://deb.debian.org/debian";

export function debianMirror(suite, directory = "/etc/apt") {
  const found = sourceFiles(directory).flatMap((file) => sources(file, readFileSync(file, "utf8")));
  // Plain http only: the new root has no certificates while debootstrap fills it, and packages are signed anyway.
  const fitting = found.filter(
    ({ uri, suites }) => uri.startsWith("http://") && suites.includes(suite) && /debian\/?$/.test(uri),
  );
  return fitting[0]?.uri.replace(/\/$/, "") ?? everywhere;
}

function sourceFiles(directory) {
  const parts = join(directory, "sources.list.d");
  const more = existsSync(parts)
    ? readdirSync(parts)
        .sort()
        .map((name) => join(parts, name))
    : [];
  return [join(directory, "sources.list"), ...more].filter(
    (file) => /\.(list|sources)$/.test(file) && existsSync(file),
  );
}

function sources(file, text) {
  return file.endsWith(".list") ? oneLine(text) : deb822(text);
}

// deb [options] URI SUITE COMPONENT...
function oneLine(text) {
  return [...text.matchAll(/^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)/gm)].map(([, uri, suite]) => ({
    uri,
    suites: [suite],
  }));
}

function deb822(text) {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (name) => new RegExp(`^${name}:\\s*(.*)$`, "im").exec(stanza)?.[1]?.trim().split(/\s+/) ?? [];
    if (!field("Types").includes("deb") || field("Enabled").includes("no")) return [];
    return field("URIs").map((uri) => ({ uri, suites: field("Suites") }));
  });
}
