"""`shadowroom alexa`: what an Alexa skill for this room needs."""

import zipfile
from pathlib import Path
from typing import Annotated

import orjson
import typer

from shadowroom.cli_options import PublicUrl
from shadowroom.complaint import USAGE, Complaint
from shadowroom.tables import print_line

app = typer.Typer(help="The room as an Alexa skill.", no_args_is_help=True)

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the archive: the same package is the same bytes."""


@app.callback()
def _group() -> None:
    pass


@app.command()
def package(
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="A folder to make, or a file that ends in .zip.")
    ] = Path("skill-package"),
    public_url: PublicUrl = None,
) -> None:
    """Write the skill package (en-US and fr-FR) for the Alexa developer console and its command line."""
    if public_url is not None and not public_url.startswith("https://"):
        raise Complaint("Alexa speaks to https addresses only: give --public-url https://…", USAGE)
    files = package_files(public_url)
    if out.suffix == ".zip":
        _write_zip(out, files)
    else:
        for name, content in files.items():
            path = out / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    print_line(f"{out}: " + ", ".join(files))
    if public_url is None:
        print_line(
            "Its endpoint is https://example.com/alexa, for want of --public-url: change it in the console."
        )


def package_files(public_url: str | None) -> dict[str, bytes]:
    """Path in the package → content."""
    from dashboard.alexa.interaction_model import LOCALES, interaction_model
    from dashboard.alexa.skill_manifest import skill_manifest

    base = (public_url or "https://example.com").rstrip("/")
    files = {"skill.json": skill_manifest(f"{base}/alexa")}
    for locale in LOCALES:
        files[f"interactionModels/custom/{locale}.json"] = interaction_model(locale)
    return {name: orjson.dumps(content, option=orjson.OPT_INDENT_2) for name, content in files.items()}


def _write_zip(out: Path, files: dict[str, bytes]) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
