import { measureDind } from "../dind-start.ts";
import type { BenchCase } from "../site.ts";

export const dindPlain: BenchCase = {
  name: "dind-plain",
  title: "a job with a dind service over plain TCP, from accepted to its first `docker info`",
  measure: (site) =>
    measureDind(site, {
      volumes: ["/cache"],
      variables: { DOCKER_HOST: "tcp://docker:2375", DOCKER_TLS_CERTDIR: "" },
      targetSeconds: 5,
      andUnhelped: true,
    }),
};
