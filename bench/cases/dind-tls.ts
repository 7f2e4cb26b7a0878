import { measureDind } from "../dind-start.ts";
import type { BenchCase } from "../site.ts";

export const dindTls: BenchCase = {
  name: "dind-tls",
  title: "a job with a dind service with TLS, from accepted to its first `docker info`",
  measure: (site) =>
    measureDind(site, {
      volumes: ["/certs/client", "/cache"],
      variables: {
        DOCKER_HOST: "tcp://docker:2376",
        DOCKER_TLS_CERTDIR: "/certs",
        DOCKER_TLS_VERIFY: "1",
        DOCKER_CERT_PATH: "/certs/client",
      },
      targetSeconds: 4,
    }),
};
