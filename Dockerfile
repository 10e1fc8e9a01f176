# syntax=docker/dockerfile:1
# One image for every part: `shadowroom up`, or `broker`, `bridge`, `dashboard`, `sim` on their own (docker-compose.yml).
#
#   docker build -t shadowroom .
#   docker run --rm -p 8000:8000 -v room:/data -e SHADOWROOM_PUBLIC_URL=http://192.168.1.20:8000 shadowroom

# The wheel and all it needs. Its build hook fetches Node through pip and builds the pages, as it does on any machine.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN python -m venv /opt/shadowroom \
 && /opt/shadowroom/bin/pip install --no-cache-dir . \
 && /opt/shadowroom/bin/python -m compileall -q /opt/shadowroom

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="shadowroom" \
      org.opencontainers.image.licenses="Apache-2.0"
# A number that no distribution gives to anybody; /data is made here so that a new volume belongs to it.
RUN groupadd --gid 10001 room \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin room \
 && install -d -o 10001 -g 10001 -m 0700 /data /broker
COPY --from=build /opt/shadowroom /opt/shadowroom
# The root file system may be read-only: nothing is written but /data, /broker and /tmp.
ENV PATH=/opt/shadowroom/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SHADOWROOM_DATA_DIR=/data
USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4).read()"]
ENTRYPOINT ["shadowroom"]
CMD ["up"]
