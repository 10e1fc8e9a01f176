"""Logging of the parts: one JSON object per line for the supervisor, readable lines for a person at a
terminal.
"""

import logging
import logging.handlers
import os
import sys
from pathlib import Path

import orjson
import structlog

LOG_FORMAT = "SHADOWROOM_LOG_FORMAT"
"""Environment: `json` or `console`; without it, console when standard error is a terminal."""
FILE_SIZE = 5 * 1024**2
"""Bytes of a part's log file; one older file is kept."""


def configure(part: str) -> None:
    """Send structlog's and the standard library's records of this process to standard error, each with
    `part`.
    """
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        lambda _logger, _method, event: {"part": part, **event},
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _renderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for noisy in ("httpx", "httpcore", "picows", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def log_writer(path: Path) -> logging.Logger:
    """A logger that appends bare lines to `path`, which never grows beyond `FILE_SIZE`."""
    writer = logging.Logger(path.name)
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=FILE_SIZE, backupCount=1, delay=True)
    handler.setFormatter(logging.Formatter("%(message)s"))
    writer.addHandler(handler)
    return writer


def close(writer: logging.Logger) -> None:
    """Close the file of a `log_writer`."""
    for handler in writer.handlers:
        handler.close()


def is_json() -> bool:
    """True when a supervisor reads this process's log."""
    return os.environ.get(LOG_FORMAT) == "json"


def _renderer() -> structlog.types.Processor:
    if is_json():
        return structlog.processors.JSONRenderer(
            serializer=lambda event, **_options: orjson.dumps(event, default=str).decode()
        )
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
