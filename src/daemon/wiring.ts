import type { DaemonContribution, DaemonWiring, WiringContext } from "./contribution.ts";
import { noContribution } from "./contribution.ts";
import { contributeDind } from "./dind.ts";
import { contributeSocket } from "./socket.ts";
import { contributeTcp } from "./tcp.ts";

/** The one place that tells the wirings apart. Pure. */
export function contribute(wiring: DaemonWiring, context: WiringContext): DaemonContribution {
  switch (wiring.kind) {
    case "none":
      return noContribution;
    case "socket":
      return contributeSocket(wiring, context);
    case "dind":
      return contributeDind(wiring, context);
    case "tcp":
      return contributeTcp(wiring, context);
  }
}
