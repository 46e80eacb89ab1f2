# Pin the base by its digest where images can be looked up:
#   docker buildx imagetools inspect python:3.11-slim-bookworm
#   docker build --build-arg BASE=python:3.11-slim-bookworm@sha256:… .
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY requirements-build.lock requirements-serving.lock ./
RUN python -m venv --without-pip /opt/recoup \
    && python -m pip install --require-hashes --no-deps -r requirements-build.lock \
    && python -m pip --python /opt/recoup/bin/python install \
        --require-hashes --no-deps --only-binary :all: -r requirements-serving.lock
COPY pyproject.toml README.md ./
COPY features features
COPY models models
COPY training training
COPY serving serving
RUN python -m pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
    && python -m pip --python /opt/recoup/bin/python install --no-deps /wheels/*.whl

FROM ${BASE}
# Papers are set in Chinese; tini passes signals on and buries what is left of children.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends fontconfig fonts-noto-cjk tini \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 recoup \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin recoup \
    && install --directory --owner 10001 --group 10001 /var/lib/recoup
COPY --from=build /opt/recoup /opt/recoup
# The image itself is never written to: data, models, compiled code and the caches of
# libraries stand in the volume, what is passing in /tmp.
ENV PATH=/opt/recoup/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/var/lib/recoup \
    NUMBA_CACHE_DIR=/var/lib/recoup/var/compiled \
    XDG_CACHE_HOME=/tmp \
    MPLCONFIGDIR=/tmp/matplotlib \
    MLFLOW_DISABLE_TELEMETRY=true \
    OMP_WAIT_POLICY=PASSIVE \
    RECOUP_HOST=0.0.0.0
WORKDIR /var/lib/recoup
VOLUME /var/lib/recoup
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["tini", "--", "python", "-m", "serving"]
CMD ["serve"]
