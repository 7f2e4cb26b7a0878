import { jobOf, type JobKind, someLines, writerOf } from "./kind.ts";

export const services: JobKind = {
  name: "services",
  weight: 3,
  make: (dice, { images }) => {
    const writer = writerOf(dice).command("getent hosts idle >/dev/null || exit 176");
    const idle = { name: images.base, alias: "idle", command: ["sleep", "1000"] };
    const parts = { services: [idle] };
    return jobOf("services", dice, someLines(writer, dice).hash(), { job: { parts } });
  },
};

const withDocker = (wiring: string, weight: number): JobKind => ({
  name: `wiring ${wiring}`,
  weight,
  make: (dice, { images }) => {
    const writer = writerOf(dice).command("docker version >/dev/null || exit 175");
    const job = { image: images.docker };
    return jobOf(`wiring ${wiring}`, dice, someLines(writer, dice).hash(), { tag: wiring, job });
  },
});

export const socket = withDocker("socket", 2);
export const tcp = withDocker("tcp", 2);
export const dind = withDocker("dind", 2);
