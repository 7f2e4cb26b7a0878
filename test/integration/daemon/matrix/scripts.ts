import type { ScriptJob } from "../../../support/coordinator.ts";
import { images } from "../../../support/engine.ts";
import type { Column, SetUp } from "./matrix.ts";

/** Of everything that a job of the matrix starts; its value is $UNIQUE. */
export const label = "dev.longshore.test";

const built = '"longshore-test/$UNIQUE-$CI_JOB_ID:built"';
const ofJob = `${label}.job=$UNIQUE-$CI_JOB_ID`;
const start = `docker run -d --label ${label}=$UNIQUE --label ${ofJob} -e CI_JOB_ID`;
/** As Compose names a service's container. */
const composeName = '"${COMPOSE_PROJECT_NAME:-$(basename "$PWD")}_web_1"';
const oneName = '"$UNIQUE-web"';
const serves = "/bin/busybox sleep 600";

const parts: Readonly<Record<Column, readonly string[]>> = {
  "docker info": ["docker info --format 'server {{.ServerVersion}}'"],
  build: [
    // Of its own: Docker is not good at removing an image that somebody else builds at the same time.
    'cp /bin/busybox .; echo "$UNIQUE-$CI_JOB_ID" >id',
    `printf 'FROM scratch\\nCOPY busybox id /bin/\\nRUN ["/bin/busybox", "touch", "/made"]\\n' >Dockerfile`,
    `docker build -q -t ${built} . >/dev/null`,
    `docker run --rm ${built} /bin/busybox echo it runs`,
  ],
  "run -v, --mount": [
    "echo mounted content >file",
    `docker run --rm -v "$CI_PROJECT_DIR":/src ${built} /bin/busybox cat /src/file`,
    `docker run --rm --mount type=bind,source="$CI_PROJECT_DIR",target=/src ${built} /bin/busybox cp /src/file /src/copy`,
    "echo copy: $(cat copy)",
  ],
  "Compose names, two jobs": [`${start} --name ${composeName} ${built} ${serves}`],
  "one name, two jobs": [`${start} --name ${oneName} ${built} ${serves}`],
  "non-root image": ["id -u"],
};

/** What the log of a job that does all this shows. */
const marks: Readonly<Record<Column, readonly RegExp[]>> = {
  "docker info": [/^server \d+/m],
  build: [/^it runs$/m],
  "run -v, --mount": [/^mounted content$/m, /^copy: mounted content$/m],
  "Compose names, two jobs": [/^its own Compose container$/m],
  "one name, two jobs": [/^its own container$/m],
  "non-root image": [/^1000$/m],
};

export const holdsOn = "\nholds on\n";
const isOwn = (name: string) => `docker exec ${name} /bin/busybox env | grep -qx "CI_JOB_ID=$CI_JOB_ID"`;

/** A job that does everything but what can't hold, waits for /go with its containers running, and looks whether they are its own. */
export function workingJob(setUp: SetUp, unique: string, image = images.docker): ScriptJob {
  const can = (column: Column) => setUp.limits?.[column] === undefined;
  const script = [
    ...(Object.keys(parts) as Column[]).filter(can).flatMap((column) => parts[column]),
    // Somebody has the name that another one will want.
    ...(can("one name, two jobs") ? [] : [`[ "$FIRST" = no ] || ${parts["one name, two jobs"][0]}`]),
    ...(can("Compose names, two jobs") ? [] : [`[ "$FIRST" = no ] || ${parts["Compose names, two jobs"][0]}`]),
    "echo holds on; until [ -e /go ]; do sleep 0.1; done",
    ...(can("Compose names, two jobs") ? [`${isOwn(composeName)} && echo its own Compose container`] : []),
    ...(can("one name, two jobs") ? [`${isOwn(oneName)} && echo its own container`] : []),
    `docker ps -aq --filter label=${ofJob} | xargs -r docker rm -f >/dev/null`,
    `docker rmi ${built} >/dev/null`,
  ];
  return { ...job(setUp, unique, script), image };
}

/** A job that tries what can't hold. */
export function limitedJob(setUp: SetUp, unique: string, column: Column): ScriptJob {
  const sleeps = (name: string) => [`${start} --name ${name} --entrypoint sleep ${images.docker} 600`];
  const read = `docker run --rm -v "$CI_PROJECT_DIR":/src --entrypoint cat ${images.docker} /src/file`;
  const scripts: Partial<Record<Column, readonly string[]>> = {
    "run -v, --mount": ["echo mounted content >file", read],
    "Compose names, two jobs": sleeps(composeName),
    "one name, two jobs": sleeps(oneName),
  };
  return job(setUp, unique, scripts[column] ?? []);
}

export function shows(log: string, column: Column): boolean {
  return marks[column].every((mark) => mark.test(log));
}

function job({ job: own }: SetUp, unique: string, script: readonly string[]): ScriptJob {
  return {
    ...own,
    image: images.docker,
    script,
    variables: { ...own?.variables, GIT_STRATEGY: "none", UNIQUE: unique },
    // Jobs of one project have a directory of one name.
    parts: { git_info: { repo_url: `https://gitlab.test/group/${unique}.git`, ref: "main" } as never },
  };
}
