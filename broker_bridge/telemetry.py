"""Logs and metrics of the shadow service: their form, and all their names."""

import logging
import sys
from typing import Literal

import structlog
from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter(
    "shadow_requests_total",
    "Shadow requests answered, by operation, way (mqtt or rest) and code (200 for accepted).",
    ["operation", "way", "code"],
)
COMMIT_SECONDS = Histogram(
    "shadow_commit_seconds",
    "Seconds from handing a group of changes to the store until it was durable.",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
GROUP_REQUESTS = Histogram(
    "shadow_group_requests",
    "Requests served together, with one commit.",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
)
WAITING = Gauge("shadow_requests_waiting", "Requests taken in and not answered yet.")
CONNECTED = Gauge("shadow_broker_connected", "1 while the service is connected to its MQTT broker, else 0.")

LogFormat = Literal["json", "console"]


def configure_logging(form: LogFormat = "console", *, level: str = "info") -> None:
    """Send this process's logs to standard error: one JSON object per line, or lines for people."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if form == "json":
        processors.append(structlog.processors.format_exc_info)
    structlog.configure(
        processors=[*processors, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
