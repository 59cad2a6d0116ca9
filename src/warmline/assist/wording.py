"""Whether a spoken text is one of a flow's templates with values in it. Pure.

Linear in the text, whatever the template: no regular expression with many gaps.
"""

import re
from dataclasses import dataclass
from typing import Final

_GAP: Final = re.compile(r"\{[^{}]*\}|\[[^\[\]]*\]")
"""`{slot}`, or `[a part]` that may be left out."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words between a template's values, in order."""

    parts: tuple[str, ...]

    @classmethod
    def of(cls, template: str) -> "Wording":
        parts = (" ".join(part.split()).strip(" ,;:") for part in _GAP.split(template))
        return cls(tuple(part for part in parts if re.search(r"\w", part)))

    def within(self, text: str) -> bool:
        """The template's own words stand in the text; never for one without words."""
        at = 0
        for part in self.parts:
            found = text.find(part, at)
            if found < 0:
                return False
            at = found + len(part)
        return bool(self.parts)
