# The sources as they are, since Node.js runs TypeScript, and the packages that they need at run time.
# docker build -t sluice/sluice:VERSION .

# That of package.json.
ARG NODE_VERSION=26.10.0
# A release names the very image: --build-arg NODE_DIGEST=@sha256:...
ARG NODE_DIGEST=

FROM node:${NODE_VERSION}-slim${NODE_DIGEST} AS generated
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY launch launch
COPY proto proto
RUN npm ci && npm run generate

# What runs, and neither what generates nor a second Node.js.
FROM node:${NODE_VERSION}-slim${NODE_DIGEST} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional

FROM node:${NODE_VERSION}-slim${NODE_DIGEST}
ENV NODE_ENV=production
# glibc gives large blocks back when they are freed, instead of keeping what a starting fleet of proxies took at its peak.
ENV MALLOC_MMAP_THRESHOLD_=65536 MALLOC_TRIM_THRESHOLD_=131072
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=generated /app/proto/gen proto/gen
COPY package.json ./
COPY workers workers
COPY src src
# For `kubectl exec`. Relative, so that `npm run test:image` can play it in a folder.
RUN mkdir -p ../usr/local/bin && ln -s ../../../app/src/main.ts ../usr/local/bin/sluice
USER 65532:65532
EXPOSE 18000 19000
# release/run.ts gives them.
ARG VERSION=
ARG REVISION=
LABEL org.opencontainers.image.title=sluice
LABEL org.opencontainers.image.description="Gateway API control plane for large Envoy fleets"
LABEL org.opencontainers.image.licenses=Apache-2.0
LABEL org.opencontainers.image.version=${VERSION}
LABEL org.opencontainers.image.revision=${REVISION}
ENTRYPOINT ["node", "/app/src/main.ts"]
CMD ["--help"]
