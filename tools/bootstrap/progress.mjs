// One line on the screen per step that does something, with its time; nothing for a step that finds its work done.
const started = Date.now();
const heartbeat = 15_000;

const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

export function say(line) {
  process.stderr.write(`[${seconds(started).padStart(7)}] ${line}\n`);
}

/** Runs `work`, says what is being done before, and how long it took after; meanwhile every 15 s what it last said. */
export async function step(title, work) {
  const since = Date.now();
  let latest = "";
  say(`${title} ...`);
  const beat = setInterval(() => say(`  ${latest || "still at it"} (${seconds(since)})`), heartbeat);
  try {
    const result = await work((line) => (latest = line.slice(0, 100)));
    say(`  done in ${seconds(since)}`);
    return result;
  } finally {
    clearInterval(beat);
  }
}
