import type { Rule } from "../rule.ts";
import { clientApiTooOld, daemonApiTooOld } from "./api-version.ts";
import { daemonNotUp, dockerHostUnset, noDaemon, nothingListens, otherPort, socketDead } from "./cannot-connect.ts";
import { certificateMissing } from "./certificate-files.ts";
import { certificateAuthority, certificateDates, certificateNames, staleCertificates } from "./certificate-trust.ts";
import { clientRefused } from "./client-refused.ts";
import { daemonNameUnknown } from "./daemon-name.ts";
import { dockerPyTooOld } from "./docker-py.ts";
import { dindDataInUse, dindStorageDriver } from "./dind-data.ts";
import { dindDied } from "./dind-died.ts";
import { dindPrivilege } from "./dind-privilege.ts";
import { shortLine } from "./job-daemon.ts";
import { httpsToHttp, httpToHttps } from "./http-https.ts";
import { plainTcpWait } from "./plain-tcp.ts";
import { socketPermission } from "./socket-permission.ts";
import { daemonUnready, remoteUnreachable } from "./unready.ts";

/** In the order in which they are asked: the first that knows the cause is the one that is shown. */
export const reachingRules = withShortLines([
  dindPrivilege,
  dindDataInUse,
  dindStorageDriver,
  httpToHttps,
  httpsToHttp,
  certificateMissing,
  certificateDates,
  certificateNames,
  staleCertificates,
  certificateAuthority,
  clientRefused,
  clientApiTooOld,
  daemonApiTooOld,
  dockerPyTooOld,
  socketPermission,
  plainTcpWait,
]);

/** What holds where nothing more is known of a daemon than that it is not there: asked after the reasons for its end. */
export const absenceRules = withShortLines([
  dindDied,
  daemonNameUnknown,
  noDaemon,
  dockerHostUnset,
  socketDead,
  otherPort,
  daemonNotUp,
  nothingListens,
  daemonUnready,
  remoteUnreachable,
]);

/** docker's lines carry long addresses before what went wrong. */
function withShortLines(rules: readonly Rule[]): readonly Rule[] {
  return rules.map((rule) => ({
    ...rule,
    explain: (evidence) => {
      const finding = rule.explain(evidence);
      return finding === null ? null : { ...finding, seen: shortLine(finding.seen) };
    },
  }));
}
