"""The catalogue of translations, made without outside tools: extract, merge, compile, check.

Every string that a person may read is found in the code and the templates, joined with its
translation from the catalogue and from the parts that each room delivers, and compiled. The same
functions tell a test what is missing, fuzzy or stale.
"""

from __future__ import annotations

import ast
import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from django.utils.translation.template import templatize

CODE = ("ratings_site", "deals", "servicers", "demo")
TEMPLATES = ("templates",)
LANGUAGE = "zh_Hans"
HEADER = (
    "Content-Type: text/plain; charset=UTF-8\n"
    "Content-Transfer-Encoding: 8bit\n"
    "Language: zh_Hans\n"
    "MIME-Version: 1.0\n"
    "Plural-Forms: nplurals=1; plural=0;\n"
)
CONTEXT_GLUE = "\x04"

# How many leading arguments are text, by function: context first, then singular, then plural.
FORMS: Mapping[str, tuple[str, ...]] = {
    "gettext": ("id",),
    "gettext_lazy": ("id",),
    "gettext_noop": ("id",),
    "_": ("id",),
    "ngettext": ("id", "plural"),
    "ngettext_lazy": ("id", "plural"),
    "pgettext": ("context", "id"),
    "pgettext_lazy": ("context", "id"),
    "npgettext": ("context", "id", "plural"),
    "npgettext_lazy": ("context", "id", "plural"),
}

Key = tuple[str, str]  # context, msgid


@dataclass(frozen=True)
class Entry:
    """One string: where it is used, and how it reads in Chinese; empty while nobody has said."""

    context: str
    msgid: str
    plural: str = ""
    translation: str = ""
    places: frozenset[str] = field(default_factory=frozenset)
    is_fuzzy: bool = False

    @property
    def key(self) -> Key:
        return self.context, self.msgid


def extract(root: Path) -> dict[Key, Entry]:
    """Find every translatable string under `root`, with the files that use it."""
    found: dict[Key, Entry] = {}
    for entry in [*from_code(root), *from_templates(root)]:
        known = found.get(entry.key)
        if known is None:
            found[entry.key] = entry
            continue
        found[entry.key] = replace(
            known, plural=known.plural or entry.plural, places=known.places | entry.places
        )
    return found


def from_code(root: Path) -> Iterator[Entry]:
    for path in files(root, CODE, "*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield from entry_of_call(node, str(path.relative_to(root)))


def entry_of_call(call: ast.Call, place: str) -> Iterator[Entry]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    form = FORMS.get(name)
    if form is None or len(call.args) < len(form):
        return
    texts = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
    words = [text for text in texts if isinstance(text, str)]
    if len(words) >= len(form):
        yield entry_of(dict(zip(form, words, strict=False)), place)


def from_templates(root: Path) -> Iterator[Entry]:
    for path in files(root, TEMPLATES, "*.html"):
        place = str(path.relative_to(root))
        yield from entries_of_source(templatize(path.read_text(encoding="utf-8")), place)


CALL = re.compile(r"(?<![\w.])(npgettext|pgettext|ngettext|gettext|_)\(")
LITERAL = re.compile(r"\s*,?\s*u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")", re.DOTALL)


def entries_of_source(source: str, place: str) -> Iterator[Entry]:
    """Read the calls that `templatize` leaves of a template."""
    for call in CALL.finditer(source):
        form, words, at = FORMS[call.group(1)], [], call.end()
        for _part in form:
            literal = LITERAL.match(source, at)
            if literal is None:
                break
            words.append(str(ast.literal_eval(literal.group(1).replace("\n", "\\n"))))
            at = literal.end()
        if len(words) == len(form):
            yield entry_of(dict(zip(form, words, strict=True)), place)


def entry_of(words: Mapping[str, str], place: str) -> Entry:
    return Entry(
        context=words.get("context", ""),
        msgid=words["id"],
        plural=words.get("plural", ""),
        places=frozenset({place}),
    )


def files(root: Path, folders: Iterable[str], pattern: str) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((root / folder).rglob(pattern)):
            if "migrations" not in path.parts:
                yield path


# ------------------------------------------------------------------ catalogue files


def read_po(path: Path) -> dict[Key, Entry]:
    """Read a catalogue file: contexts, plurals, fuzzy marks; comments are left."""
    entries: dict[Key, Entry] = {}
    for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")):
        entry = entry_of_block(block)
        if entry is not None and entry.msgid:
            entries[entry.key] = entry
    return entries


def entry_of_block(block: str) -> Entry | None:
    words: dict[str, str] = {}
    at = ""
    is_fuzzy = False
    for raw in block.splitlines():
        line = raw.strip()
        if line.startswith("#"):
            is_fuzzy = is_fuzzy or (line.startswith("#,") and "fuzzy" in line)
            continue
        keyword = re.match(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[0\])?)\s+(?=")', line)
        if keyword:
            at = keyword.group(1).removesuffix("[0]")
            words[at] = ""
            line = line[keyword.end() :]
        if line.startswith('"') and at:
            words[at] += str(ast.literal_eval(line))
    if "msgid" not in words:
        return None
    return Entry(
        context=words.get("msgctxt", ""),
        msgid=words["msgid"],
        plural=words.get("msgid_plural", ""),
        translation=words.get("msgstr", ""),
        is_fuzzy=is_fuzzy,
    )


def write_po(entries: Mapping[Key, Entry]) -> str:
    """Write a catalogue, in the order of its strings, so that a change is a short difference."""
    blocks = ['msgid ""\nmsgstr ""\n' + "".join(f"{quoted(line)}\n" for line in lines(HEADER))]
    for _key, entry in sorted(entries.items()):
        places = "".join(f"#: {place}\n" for place in sorted(entry.places))
        context = f"msgctxt {quoted(entry.context)}\n" if entry.context else ""
        ids = f"msgid {quoted(entry.msgid)}\n"
        if entry.plural:
            ids += f"msgid_plural {quoted(entry.plural)}\nmsgstr[0] {quoted(entry.translation)}\n"
        else:
            ids += f"msgstr {quoted(entry.translation)}\n"
        blocks.append(places + context + ids)
    return "\n".join(blocks)


def lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped.replace(chr(9), chr(92) + "t")}"'


def compile_mo(entries: Mapping[Key, Entry]) -> bytes:
    """Compile a catalogue to the binary form that gettext reads.

    What nobody has translated yet is left out: a reader then sees the English, never a blank.
    """
    pairs = {"": HEADER}
    for entry in entries.values():
        if not entry.translation:
            continue
        msgid = f"{entry.context}{CONTEXT_GLUE}{entry.msgid}" if entry.context else entry.msgid
        pairs[f"{msgid}\0{entry.plural}" if entry.plural else msgid] = entry.translation
    encoded = sorted((key.encode(), value.encode()) for key, value in pairs.items())
    count, header = len(encoded), 28
    at = header + 16 * count
    tables, blobs = [b"", b""], b""
    for side in (0, 1):
        for pair in encoded:
            tables[side] += struct.pack("<II", len(pair[side]), at + len(blobs))
            blobs += pair[side] + b"\0"
    start = struct.pack("<7I", 0x950412DE, 0, count, header, header + 8 * count, 0, at)
    return start + tables[0] + tables[1] + blobs


# ------------------------------------------------------------------ the whole


@dataclass(frozen=True)
class Paths:
    """Where the catalogue stands."""

    root: Path

    @property
    def po(self) -> Path:
        return self.root / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"

    @property
    def mo(self) -> Path:
        return self.po.with_suffix(".mo")

    @property
    def parts(self) -> list[Path]:
        return sorted((self.root / "locale" / "parts").glob("*.po"))


def merge(paths: Paths) -> dict[Key, Entry]:
    """Join what is used with its translations; a part speaks before the catalogue as it was."""
    known = read_po(paths.po) if paths.po.exists() else {}
    for part in paths.parts:
        known |= {key: each for key, each in read_po(part).items() if each.translation}
    return {
        key: replace(used, translation=known[key].translation) if key in known else used
        for key, used in extract(paths.root).items()
    }


PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*(?::[^}]*)?\}")


def faults(used: Mapping[Key, Entry], held: Mapping[Key, Entry]) -> list[str]:
    """Name what is wrong with a catalogue: missing, fuzzy, stale, or with other placeholders."""
    found = [f"missing: {key[1]!r}" for key in used if key not in held]
    found += [f"stale: {key[1]!r}" for key in held if key not in used]
    for entry in held.values():
        if not entry.translation:
            found.append(f"not translated: {entry.msgid!r}")
        elif entry.is_fuzzy:
            found.append(f"fuzzy: {entry.msgid!r}")
        elif not same_placeholders(entry):
            found.append(f"other placeholders: {entry.msgid!r}")
    return sorted(found)


def same_placeholders(entry: Entry) -> bool:
    """Say whether the translation fills the same blanks; one form may leave the count out."""
    asked = set(PLACEHOLDER.findall(entry.msgid))
    allowed = asked | set(PLACEHOLDER.findall(entry.plural))
    return asked <= set(PLACEHOLDER.findall(entry.translation)) <= allowed or (
        bool(entry.plural) and set(PLACEHOLDER.findall(entry.translation)) <= allowed
    )
