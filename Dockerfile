# Longshore in an image, and the helper image for those who build their own. How to run them: docs/container.md.
#
#   docker build -t longshore .
#   docker build -t longshore-helper --target helper .
#
# BASE needs Node >= 24.5, npm and useradd; HELPER_BASE needs apt-get.
ARG BASE=node:24-bookworm-slim
ARG HELPER_BASE=debian:bookworm-slim

# Sources, caches and artifacts of jobs are handled in it; nothing of Longshore is inside.
FROM ${HELPER_BASE} AS helper
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates curl git git-lfs netcat-openbsd \
 && git lfs install --system --skip-repo \
 && rm -rf /var/lib/apt/lists/*

# The stages before the last one are apart so that a change of the sources costs a compilation and no download.
FROM ${BASE} AS packages
WORKDIR /opt/longshore
COPY package.json package-lock.json .npmrc ./
RUN npm ci

# Types and source maps are a quarter of what is left, and nothing reads them.
FROM packages AS dependencies
RUN npm prune --omit=dev \
 && find node_modules -type f '(' -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' ')' -delete \
 && find node_modules -type d -empty -delete

FROM packages AS build
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build

FROM ${BASE} AS agent
LABEL org.opencontainers.image.title="Longshore" \
      org.opencontainers.image.licenses="MIT"
# Root can use every socket. Another user can where the socket's group allows it:
#   docker run --user longshore --group-add "$(stat -c %g /var/run/docker.sock)" …
RUN useradd --system --uid 999 --user-group --create-home longshore \
 && install -d -m 0700 -o longshore -g longshore /etc/longshore /var/lib/longshore
COPY --from=dependencies /opt/longshore/node_modules /opt/longshore/node_modules
COPY package.json LICENSE /opt/longshore/
COPY bin /opt/longshore/bin
COPY --from=build /opt/longshore/dist /opt/longshore/dist
RUN ln -s /opt/longshore/bin/* /usr/local/bin/
ENV CONFIG_FILE=/etc/longshore/config.toml \
    LONGSHORE_STATE_DIR=/var/lib/longshore
VOLUME ["/etc/longshore", "/var/lib/longshore"]
# Running jobs may end, as long as `docker stop --time` gives them; SIGTERM would end them.
STOPSIGNAL SIGQUIT
ENTRYPOINT ["longshore"]
CMD ["run", "--wait-for-config"]
