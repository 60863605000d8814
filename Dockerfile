# Node comes with the image and PostgreSQL runs beside it, so the packages that bring both along (optional ones) are left out.
FROM node:26-bookworm-slim

ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=4000 \
    COUNTERSIGN_DATA=/var/lib/countersign

WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts && npm cache clean --force
COPY src ./src
COPY examples ./examples

# The key lies here: mount it, or each container makes one of its own.
RUN install -d -o node -g node -m 0700 /var/lib/countersign
VOLUME /var/lib/countersign
USER node

EXPOSE 4000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/ready').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "src/cli/countersign.ts"]
CMD ["serve"]
