# Three stages: the board is built by Node, the packages are installed from the lock with hashes, and only what runs is carried on,
# as a user without rights. The extra `local` stays out: no broker, supervisor or sink runs in here.
FROM node:22-bookworm-slim AS board
WORKDIR /ui
COPY console/ui/package.json console/ui/package-lock.json console/ui/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY console/ui ./
RUN npm run build

FROM python:3.12-slim-bookworm AS build
WORKDIR /src
COPY requirements/bootstrap.txt requirements/run.txt requirements/
RUN python -m venv /opt/makegood \
 && /opt/makegood/bin/pip install --no-cache-dir --require-hashes -r requirements/bootstrap.txt \
 && /opt/makegood/bin/uv pip install --no-cache --python /opt/makegood/bin/python --require-hashes -r requirements/run.txt \
 && /opt/makegood/bin/uv pip install --no-cache --python /opt/makegood/bin/python "hatchling>=1.27"
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY gateway gateway
COPY streams streams
COPY handlers handlers
COPY console console
COPY makegood makegood
COPY --from=board /ui/dist console/ui/dist
RUN /opt/makegood/bin/uv pip install --no-cache --python /opt/makegood/bin/python --no-deps --no-build-isolation .

FROM python:3.12-slim-bookworm
RUN useradd --create-home --uid 10001 makegood && mkdir /data && chown makegood /data
COPY --from=build /opt/makegood /opt/makegood
ENV PATH=/opt/makegood/bin:$PATH PYTHONDONTWRITEBYTECODE=1 MAKEGOOD_DIRECTORY=/data MAKEGOOD_LOG_FORMAT=json \
    MAKEGOOD_HEALTH_HOST=0.0.0.0 MAKEGOOD_HANDLERS__HEALTH_HOST=0.0.0.0
USER makegood
WORKDIR /data
EXPOSE 8000 8081 6066 6067
ENTRYPOINT ["makegood"]
CMD ["worker"]
