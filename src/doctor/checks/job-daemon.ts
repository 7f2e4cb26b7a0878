import { type Check, skip } from "../check.ts";
import type { DoctorContext } from "../doctor-context.ts";
import { tryDind } from "../try-dind.ts";
import { trySocket } from "../try-socket.ts";
import { tryTcp } from "../try-tcp.ts";

export const dindSeconds = 10;

/** The daemon that a job's own `docker` would talk to, tried from where the job would be. */
export const jobDaemonCheck: Check<DoctorContext> = {
  name: "job-daemon",
  needs: ["network"],
  limitMs: (dindSeconds + 1) * 1000,
  run: async (context, signal) => {
    switch (context.runner.docker.daemon?.wiring) {
      case undefined:
        return skip("no [runners.docker.daemon]: jobs bring their own daemon, or need none");
      case "socket":
        return await trySocket(context, signal);
      case "dind":
        return await tryDind(context, dindSeconds, signal);
      case "tcp":
        return await tryTcp(context, signal);
    }
  },
};
