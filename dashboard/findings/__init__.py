"""What a checklist found: each line with its sentence in English and French, from `en.yaml` and `fr.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Final, Literal

Level = Literal["ok", "warn", "fail"]
LANGUAGES: Final = ("en", "fr")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a checklist: what was looked at, how it is, and which case of it; the sentence also says
    what to do if it is not well."""

    what: str
    level: Level
    case: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    """For the blanks of the sentence."""

    @property
    def sentence(self) -> str:
        """In English, for the command line."""
        return self.told("en")

    def told(self, language: str) -> str:
        """The sentence in `en` or `fr`. A value that has a text of its own is told by that."""
        known = texts(language)
        values = {name: known.get(str(value), value) for name, value in self.values.items()}
        return known[f"{self.what}.{self.case}"].format_map(values)


@cache
def texts(language: str) -> Mapping[str, str]:
    """All texts of `en` or `fr` by `what.case`, and the half sentences that may be values."""
    import yaml  # Here, because every command imports this module, and hardly any tells a finding.

    loaded: dict[str, str] = yaml.safe_load(files(__name__).joinpath(f"{language}.yaml").read_text("utf-8"))
    return loaded
