"""A talk's polls on one HTML page with charts: one file to keep, print and send. No script, no request."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from html import escape
from typing import Any, Final
from xml.etree import ElementTree

import pygal
from pygal.style import Style

from dashboard.rooms.moderation import Status
from dashboard.rooms.poll_drafts import Written
from dashboard.rooms.poll_export import Told
from dashboard.rooms.shares import shares, written

STYLE: Final = Style(
    background="transparent",
    plot_background="transparent",
    foreground="#1f2937",
    foreground_strong="#111827",
    foreground_subtle="#6b7280",
    colors=("#2563EB",),
    font_family="system-ui, sans-serif",
)
BAR_PX: Final = 34
"""Height of a bar with its label."""
TEXTS_MAX: Final = 200
"""Texts of one poll on the page; the export has all."""

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "title": "What the room answered",
        "answered": "phones answered",
        "anonymous": "anonymous",
        "named": "by phone number",
        "right": "Right",
        "mean": "Mean",
        "median": "Median",
        "phone": "Phone",
        "points": "points",
        "none": "Nothing was answered.",
        "made": "Made",
    },
    "fr": {
        "title": "Ce que la salle a répondu",
        "answered": "téléphones ont répondu",
        "anonymous": "anonyme",
        "named": "par numéro de téléphone",
        "right": "Juste",
        "mean": "Moyenne",
        "median": "Médiane",
        "phone": "Téléphone",
        "points": "points",
        "none": "Personne n'a répondu.",
        "made": "Établi le",
    },
}
CSS: Final = """
body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}
body{color:#111827;background:#fff}h1{font-size:1.8rem}h2{font-size:1.25rem;margin:0}
section{break-inside:avoid;border-top:1px solid #d1d5db;padding:1.2rem 0}
p{margin:.3rem 0;color:#374151}table{border-collapse:collapse;margin:.5rem 0}
th,td{text-align:left;padding:.1rem 1.2rem .1rem 0}
td.n{text-align:right;font-variant-numeric:tabular-nums}svg{width:100%;height:auto}
"""


def as_html(polls: Iterable[Told], described: Mapping[str, Mapping[str, Any]], room: str, now_ms: int) -> str:
    """The page. `described` has by poll id what the presenter's API says of it; drafts are left out."""
    told = [one for one in polls if one[0].has_answers]
    language = told[0][0].draft.language.split("-")[0] if told else "en"
    words = _words(language)
    made = datetime.fromtimestamp(now_ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    body = "".join(_section(one, described[one[0].id], language) for one in told) or f"<p>{words['none']}</p>"
    title = f"{words['title']} · {escape(room)}"
    return (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{CSS}</style></head>"
        f"<body><h1>{title}</h1><p>{words['made']} {made}</p>{body}</body></html>"
    )


def _words(language: str) -> Mapping[str, str]:
    return WORDS.get(language, WORDS["en"])


def _section(told: Told, described: Mapping[str, Any], language: str) -> str:
    poll, outcome, _ = told
    words = _words(language)
    shown = words["anonymous" if poll.draft.anonymous else "named"]
    parts = [
        f"<section><h2>{escape(poll.draft.question)}</h2>",
        f"<p>{outcome.answered} {words['answered']} · {shown}</p>",
    ]
    if outcome.tally:
        parts += [_chart(outcome.tally), _table(outcome.tally, outcome.answered, language)]
    if outcome.summary is not None:
        short = outcome.summary
        parts.append(
            f"<p>{words['mean']} {short['mean']:.4g} · {words['median']} {short['median']:.4g} · "
            f"{short['min']:g}-{short['max']:g}</p>"
        )
    if right := poll.draft.solution().get("right"):
        parts.append(f"<p>{words['right']}: {escape(', '.join(right))}</p>")
    for line in described.get("leaderboard_top", ()):
        parts.append(
            f"<p>{line['rank']}. {words['phone']} {line['slot']}: {line['score']} {words['points']}</p>"
        )
    # The words of a cloud are in its table already.
    if isinstance(poll.draft, Written) and not outcome.tally:
        approved = outcome.of_status(Status.APPROVED)[:TEXTS_MAX]
        items = "".join(f"<li>{escape(entry.text)} ({entry.votes})</li>" for entry in approved)
        parts.append(f"<ul>{items}</ul>" if items else "")
    return "".join([*parts, "</section>"])


def _chart(tally: Mapping[str, int]) -> str:
    """Bars as inline SVG. The table beside it says the same in words, so the picture is decoration."""
    chart = pygal.HorizontalBar(
        style=STYLE,
        js=(),
        disable_xml_declaration=True,
        show_legend=False,
        print_values=True,
        height=70 + BAR_PX * len(tally),
        width=800,
        min_scale=1,
        include_x_axis=True,
        value_formatter=lambda value: f"{value:.0f}" if value is not None and value == int(value) else "",
        truncate_label=30,
    )
    # Bars are drawn from the bottom up.
    labels = [*tally][::-1]
    chart.x_labels = labels
    chart.add("", [tally[label] for label in labels])
    picture = chart.render_tree()
    for parent in picture.iter():
        # What pygal needs for its tool-tips: here nothing runs.
        for script in parent.findall("script"):
            parent.remove(script)
    return f'<div aria-hidden="true">{ElementTree.tostring(picture, encoding="unicode")}</div>'


def _table(tally: Mapping[str, int], answered: int, language: str) -> str:
    counts = [*tally.values()]
    # Of several choices each has its part of the people, not of the taps.
    parts = shares(counts, None if sum(counts) == answered else answered)
    told = [written(part, count, answered, language) for part, count in zip(parts, counts, strict=True)]
    rows = "".join(
        f'<tr><td>{escape(label)}</td><td class="n">{count}</td><td class="n">{escape(part)}</td></tr>'
        for (label, count), part in zip(tally.items(), told, strict=True)
    )
    return f"<table>{rows}</table>"
