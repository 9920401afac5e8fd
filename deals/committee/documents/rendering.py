"""A paper of plain values, set by Typst: the same values give the same bytes on every machine."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst
from django.conf import settings

FOLDER = Path(settings.BASE_DIR) / "templates" / "documents"
FONTS = FOLDER / "fonts"


def render(paper: Mapping[str, Any]) -> bytes:
    """Set a paper as PDF.

    Fonts come from the product, never from the machine; the moment in the file is the one of the
    paper (`at`, seconds since 1970), never that of the clock.
    """
    written: bytes = typst.compile(
        str(FOLDER / "paper.typ"),
        root=str(FOLDER),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"paper": json.dumps(paper, ensure_ascii=False, sort_keys=True)},
        timestamp=paper["at"],
    )
    return written
