# Two stages: the first installs from the lock with hashes, the second carries only what runs, as a user without rights.
FROM python:3.12-slim AS build
WORKDIR /src
COPY requirements/bootstrap.txt requirements/run.txt requirements/
RUN python -m venv /opt/makegood \
 && /opt/makegood/bin/pip install --no-cache-dir --require-hashes -r requirements/bootstrap.txt \
 && /opt/makegood/bin/uv pip install --no-cache --python /opt/makegood/bin/python --require-hashes -r requirements/run.txt \
 && /opt/makegood/bin/uv pip install --no-cache --python /opt/makegood/bin/python "hatchling>=1.27"
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY streams streams
COPY handlers handlers
COPY makegood makegood
RUN /opt/makegood/bin/uv pip install --no-cache --python /opt/makegood/bin/python --no-deps --no-build-isolation .

FROM python:3.12-slim
RUN useradd --create-home --uid 10001 makegood && mkdir /data && chown makegood /data
COPY --from=build /opt/makegood /opt/makegood
ENV PATH=/opt/makegood/bin:$PATH MAKEGOOD_DIRECTORY=/data MAKEGOOD_LOG_FORMAT=json MAKEGOOD_HEALTH_HOST=0.0.0.0
USER makegood
WORKDIR /data
ENTRYPOINT ["makegood"]
CMD ["worker"]
