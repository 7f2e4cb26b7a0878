import type { BuildEvidence, Evidence } from "../evidence.ts";

/** How to get a command that an image doesn't have. Packages are named after the command where nothing else is said. */
interface Advice {
  readonly author: string;
  readonly admin: string;
}

/** Commands that come in a package of another name, on Debian and on Alpine. */
const packages: Readonly<Record<string, { readonly apt: string; readonly apk: string }>> = {
  ssh: { apt: "openssh-client", apk: "openssh-client" },
  "ssh-agent": { apt: "openssh-client", apk: "openssh-client" },
  "ssh-add": { apt: "openssh-client", apk: "openssh-client" },
  "ssh-keyscan": { apt: "openssh-client", apk: "openssh-client" },
  scp: { apt: "openssh-client", apk: "openssh-client" },
  envsubst: { apt: "gettext-base", apk: "gettext" },
  psql: { apt: "postgresql-client", apk: "postgresql-client" },
  pg_isready: { apt: "postgresql-client", apk: "postgresql-client" },
  mysql: { apt: "default-mysql-client", apk: "mysql-client" },
  "redis-cli": { apt: "redis-tools", apk: "redis" },
  xz: { apt: "xz-utils", apk: "xz" },
  gcc: { apt: "build-essential", apk: "build-base" },
  make: { apt: "make", apk: "make" },
  nc: { apt: "netcat-openbsd", apk: "netcat-openbsd" },
  ps: { apt: "procps", apk: "procps" },
};
/** Found under the same name everywhere. */
const samePackage = ["git", "curl", "wget", "bash", "jq", "zip", "unzip", "rsync", "sshpass", "gpg", "file", "openssl"];
/** What has an image of its own. */
const images: Readonly<Record<string, string>> = {
  node: "node:22",
  npm: "node:22",
  npx: "node:22",
  python3: "python:3.13",
  pip3: "python:3.13",
  mvn: "maven:3-eclipse-temurin-21",
  java: "eclipse-temurin:21",
  go: "golang:1.24",
  cargo: "rust:1",
  composer: "composer:2",
  php: "php:8.4-cli",
  ruby: "ruby:3.4",
  bundle: "ruby:3.4",
  helm: "alpine/helm:3",
  kubectl: "bitnami/kubectl:latest",
  terraform: '{ name: hashicorp/terraform, entrypoint: [""] }',
};

/** What to do about a command that was not found. */
export function adviceFor(command: string, evidence: Evidence): Advice {
  const { build } = evidence;
  const author = (text: string): Advice => ({ author: text, admin: "" });
  if (command === "docker") return dockerAdvice(evidence);
  if (command === "docker-compose")
    return author("write docker compose (Compose v2 is a plugin of the docker client: image: docker:cli has it)");
  if (command === "sudo") {
    return author(
      build.user === "" || build.user === "root" || build.user === "0"
        ? "leave sudo out: the job is root already"
        : `the job's user is ${build.user}: image: { name: "${build.image}", docker: { user: root } } makes it root, without sudo`,
    );
  }
  if (command === "python" || command === "pip")
    return author(`write ${command}3, or use an image with it (image: python:3.13)`);
  const isNodeModule = evidence.output.some(
    (line) =>
      /^npm (?:ERR!|error) |^> \S+@\S+ \S+$/.test(line) || /^error Command failed with exit code 127\.$/.test(line),
  );
  if (isNodeModule)
    return author(`install the project's dependencies first (npm ci, yarn install); is ${command} in devDependencies?`);
  const image = images[command];
  if (image !== undefined) return author(`use an image that has it (image: ${image})`);
  return author(installation(command, build));
}

function installation(command: string, { image, user }: BuildEvidence): string {
  const isKnown = samePackage.includes(command) || packages[command] !== undefined;
  if (!isKnown || (user !== "" && user !== "root" && user !== "0")) {
    return `use an image that has ${command}, or install it in before_script:; is it on the PATH?`;
  }
  const { apt, apk } = packages[command] ?? { apt: command, apk: command };
  const onAlpine = `apk add --no-cache ${apk}`;
  const onDebian = `apt-get update && apt-get install -y ${apt}`;
  const isAlpine = /alpine|^docker:|^docker$/.test(image);
  return `before_script: [${isAlpine ? onAlpine : onDebian}]${isAlpine ? "" : ` (Alpine: ${onAlpine})`}, or an image that has it`;
}

/** A job that calls docker wants a daemon as well. */
function dockerAdvice({ client, services }: Evidence): Advice {
  const hasDaemon = client.wiring !== "none" || services.some(({ isDaemon }) => isDaemon) || client.socket !== "";
  return {
    author:
      "use an image with the docker client (image: docker:cli), or install it (apt-get install docker.io, apk add docker-cli)",
    admin: hasDaemon
      ? ""
      : 'jobs of this runner have no Docker daemon either: [runners.docker.daemon] wiring = "dind" gives each one its own',
  };
}
