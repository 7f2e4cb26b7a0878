# Longshore in an image, and the helper image for those who build their own.
#
#   docker build -t longshore .
#   docker build -t longshore-helper --target helper .
#
# BASE needs Node >= 24.5 and npm; HELPER_BASE needs apt-get.
ARG BASE=node:24-bookworm-slim
ARG HELPER_BASE=debian:bookworm-slim

FROM ${BASE} AS build
WORKDIR /opt/longshore
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build && npm prune --omit=dev

# Sources, caches and artifacts of jobs are handled in it; nothing of Longshore is inside.
FROM ${HELPER_BASE} AS helper
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates curl git git-lfs netcat-openbsd \
 && rm -rf /var/lib/apt/lists/*

FROM ${BASE} AS agent
LABEL org.opencontainers.image.title="Longshore" \
      org.opencontainers.image.licenses="MIT"
# Root can use every socket. Another user can where the socket's group allows it:
#   docker run --user longshore --group-add "$(stat -c %g /var/run/docker.sock)" …
RUN if ! getent passwd 999 >/dev/null; then useradd --system --uid 999 --create-home longshore; fi \
 && mkdir -p /etc/longshore /var/lib/longshore \
 && chown 999 /etc/longshore /var/lib/longshore
COPY package.json LICENSE /opt/longshore/
COPY bin /opt/longshore/bin
COPY --from=build /opt/longshore/node_modules /opt/longshore/node_modules
COPY --from=build /opt/longshore/dist /opt/longshore/dist
RUN ln -s /opt/longshore/bin/longshore /usr/local/bin/longshore
ENV CONFIG_FILE=/etc/longshore/config.toml \
    LONGSHORE_STATE_DIR=/var/lib/longshore
VOLUME ["/etc/longshore", "/var/lib/longshore"]
STOPSIGNAL SIGQUIT
ENTRYPOINT ["longshore"]
CMD ["run", "--wait-for-config"]
