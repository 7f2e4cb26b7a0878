import type { ServiceEvidence } from "../evidence.ts";
import { lastCommand } from "../last-command.ts";
import { lastMatch } from "../lines.ts";
import type { Rule } from "../rule.ts";
import { complained } from "./said.ts";

/** PostgreSQL's words reach its clients as well, wherever it runs. */
const ofPostgres = /could not resize shared memory segment "[^"]{0,100}" to \d{1,20} bytes: No space left on device/;
const ofFile = /[Nn]o space left on device(?<=\/dev\/shm\/\S.{0,300})/;
const clients = /\b(?:psql|pg_restore|pg_dump)\b/;

/** /dev/shm has 64 MB unless somebody asks for more: databases and browsers want more. */
export const shmFull: Rule = {
  name: "shm-full",
  of: "failed",
  explain: (evidence) => {
    if (evidence.failure?.exitCode === null) return null;
    const admin = "[runners.docker] shm_size = 1073741824 (bytes; of services too)";
    const heardIn = ({ log }: ServiceEvidence) => (lastMatch(log, ofPostgres) ?? lastMatch(log, ofFile))?.input.trim();
    const service = evidence.services.find((each) => heardIn(each) !== undefined);
    const isClient = clients.test(lastCommand(evidence.output).command);
    const said =
      service === undefined
        ? ((isClient ? null : complained(evidence, ofPostgres, true)) ?? complained(evidence, ofFile, true))
        : null;
    const seen = service === undefined ? said?.line : heardIn(service);
    if (seen === undefined) return null;
    return {
      cause: `/dev/shm ${service === undefined ? "" : `of the service ${service.name} `}is full: containers get 64 MB of it unless they are given more`,
      seen,
      author:
        "in a container of the job's own: docker run --shm-size=1g (compose: shm_size: 1gb); Chromium: --disable-dev-shm-usage",
      admin,
    };
  },
};
