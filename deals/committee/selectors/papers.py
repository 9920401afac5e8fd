"""A package, or a signed decision, laid out as a paper: the order, words and figures of the page."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from deals.committee.models import Document, Package, RatingAction, Signature, Vote, VotingRound
from deals.committee.selectors.reading import Changes, NoteReading, Reading, reading_of
from deals.runs.selectors.results import level_words
from ratings_site.components import figures
from ratings_site.components.levels import LEVELS

Block = dict[str, Any]


def paper_of(document: Document) -> dict[str, Any]:
    """Return the paper of a document, in its language; everything in it is written already."""
    with translation.override(document.language):
        if document.kind == Document.Kind.DECISION:
            return decision_paper(document.package)
        return package_paper(document.package)


def package_paper(package: Package) -> dict[str, Any]:
    reading = reading_of(package)
    blocks = [
        *summary_blocks(reading),
        *binding_blocks(reading),
        *change_blocks(reading.changes),
        *ladder_blocks(reading),
        *view_blocks(reading),
        *sensitivity_blocks(reading),
        *open_blocks(reading),
        *run_blocks(reading),
        *committee_blocks(reading),
    ]
    title = _("{deal} · package {number}").format(deal=package.deal.code, number=package.number)
    lede = _("Frozen {moment} by {person}. Prepared by {author}.").format(
        moment=figures.moment(package.frozen_at),
        person=reading.document["frozen"]["by"],
        author=reading.document["frozen"]["prepared_by"],
    )
    return paper(package, title, lede, package.frozen_at, blocks)


def decision_paper(package: Package) -> dict[str, Any]:
    """Return the paper of a signed case: ratings, votes with their reasons, the signature."""
    round_ = package.rounds.get(result=VotingRound.Result.DECIDED)
    signature = round_.signatures.select_related("user").get(meaning=Signature.Meaning.APPROVED)
    actions = list(package.actions.select_related("note").order_by("note__rank", "note__name"))
    blocks = [
        *action_blocks(actions, package.deal.scale),
        *vote_blocks(round_),
        *signature_blocks(signature),
    ]
    title = _("{deal} · rating action").format(deal=package.deal.code)
    lede = _("Decided in round {round} on package {number}, signed {moment}.").format(
        round=round_.number, number=package.number, moment=figures.moment(signature.signed_at)
    )
    return paper(package, title, lede, signature.signed_at, blocks)


def paper(
    package: Package, title: str, lede: str, at: datetime, blocks: Iterable[Block]
) -> dict[str, Any]:
    language = translation.get_language() or "en"
    deal = package.document["deal"]
    return {
        "title": title,
        "author": _("NPL Ratings"),
        "lang": "zh" if language.startswith("zh") else "en",
        "region": "CN" if language.startswith("zh") else "GB",
        "head": title,
        "mark": _("Confidential. Not published."),
        "foot": f"sha256 {package.sha256}",
        "strip": deal["data_label"],
        "lede": lede,
        "at": int(at.timestamp()),
        "blocks": list(blocks),
    }


# --- the sections of the package ------------------------------------------------------------


def summary_blocks(reading: Reading) -> list[Block]:
    blocks = [section(_("Summary"))]
    for note in reading.notes:
        blocks += [
            {
                "kind": "level",
                "note": _("{note}, proposed").format(note=note.name),
                "level": note.proposed_words,
                "mark": figures.level_mark(reading.scale) if note.proposed in LEVELS else "",
            },
            say(note.says),
        ]
    blocks += [
        say(reading.page.pool_says),
        facts((fact.label, fact.text) for fact in reading.facts),
        {"kind": "quote", "text": reading.document["proposal"]["rationale"]},
    ]
    return blocks


def binding_blocks(reading: Reading) -> list[Block]:
    blocks = [section(_("What binds"))]
    for note in reading.notes:
        cells = note.outcome.cells
        blocks.append(
            table(
                [note.name, _("Finding"), _("Highest level")],
                [
                    [each.label, each.reason, f"{each.text}{_(' · binds') if each.binds else ''}"]
                    for each in cells
                ],
                widths=(3, 8, 3),
                marked=[k for k, each in enumerate(cells) if each.binds],
            )
        )
    blocks.append(source(_("The paper states the distance; it proposes no structure.")))
    return blocks


def change_blocks(changes: Changes | None) -> list[Block]:
    if changes is None:
        return []
    head = [
        _("Figure"),
        _("Package {number}").format(number=changes.number),
        _("Now"),
        _("Change"),
    ]
    rows = [*changes.rows, *(row for note in changes.notes for row in note.rows)]
    return [
        section(_("What changed since package {number}").format(number=changes.number)),
        say(changes.says),
        table(
            head,
            [[row.label, row.before, row.now, row.change] for row in rows],
            widths=(5, 2, 2, 2),
            right=(1, 2, 3),
        ),
    ]


def ladder_blocks(reading: Reading) -> list[Block]:
    blocks = [section(_("Margin to the next levels"))]
    head = [
        _("Level"),
        _("Margin, %"),
        _("Timely interest"),
        _("Ultimate principal"),
        _("Breaks at, % of base"),
        _("More delay borne, months"),
    ]
    for note in reading.notes:
        blocks += [
            source(note.name),
            table(
                head,
                [ladder_row(note, k) for k in range(len(note.rungs))],
                widths=(2, 2, 3, 3, 3, 3),
                right=(1, 4, 5),
                marked=[k for k, rung in enumerate(note.rungs) if rung.is_highest_passed],
            ),
        ]
    return blocks


def ladder_row(note: NoteReading, place: int) -> list[str]:
    rung = note.rungs[place]
    return [
        figures.level_text(rung.level),
        rung.margin_text,
        paid(is_paid=rung.timely_interest),
        paid(is_paid=rung.ultimate_principal),
        rung.breaks_at,
        rung.delay_borne,
    ]


def paid(*, is_paid: bool) -> str:
    return _("paid") if is_paid else _("short")


def view_blocks(reading: Reading) -> list[Block]:
    if not reading.page.variants:
        return []
    head = [
        _("View"),
        _("Gross recovery, {unit}").format(unit=figures.money_unit()),
        *(note.name for note in reading.notes),
    ]
    return [
        section(_("Each view of the recovery alone")),
        table(
            head,
            [[name, gross, *levels] for name, gross, levels in reading.page.variants],
            widths=(4, 3, *(2 for _note in reading.notes)),
            right=range(1, len(head)),
        ),
    ]


def sensitivity_blocks(reading: Reading) -> list[Block]:
    noted = [note for note in reading.notes if note.takes]
    if not noted:
        return []
    blocks = [section(_("What it takes"))]
    for note in noted:
        blocks += [
            source(note.name),
            table(
                [_("One change alone"), _("Holds"), _("Breaks at"), _("Room")],
                [list(each) for each in note.takes],
                widths=(5, 2, 2, 2),
                right=(1, 2, 3),
            ),
        ]
    return blocks


def open_blocks(reading: Reading) -> list[Block]:
    blocks = [section(_("Open points"))]
    if not reading.open_points:
        return [*blocks, source(_("The engine raised none."))]
    return [*blocks, *({"kind": "quote", "text": plain(each)} for each in reading.open_points)]


def run_blocks(reading: Reading) -> list[Block]:
    return [
        section(_("All runs of the deal")),
        table(
            [
                _("Run"),
                _("Asked"),
                _("By"),
                _("Terms"),
                _("Paths"),
                _("Seed"),
                _("Result of the model"),
            ],
            [
                [
                    f"{run.number}{_(', used') if run.used else ''}",
                    run.asked,
                    run.by,
                    str(run.terms),
                    run.paths,
                    run.seed,
                    run.levels,
                ]
                for run in reading.runs
            ],
            widths=(2, 3, 3, 2, 2, 3, 5),
            right=(4,),
            marked=[k for k, run in enumerate(reading.runs) if run.used],
        ),
        source(identity_of(reading)),
    ]


def identity_of(reading: Reading) -> str:
    """Say what would have to be the same for the same digits."""
    run, criteria = reading.document["run"], reading.document["criteria"]
    parts = [
        f"{_('Criteria')} {criteria['version']}",
        f"{_('Engine')} {run['engine_version']}",
        f"{_('Seed')} {run['seed']}",
        f"{_('inputs')} {run['inputs_sha256']}",
        f"{_('result')} {run['result_sha256']}",
    ]
    return " · ".join(parts)


def committee_blocks(reading: Reading) -> list[Block]:
    committee = reading.document["committee"]
    needs, of = committee["majority"]
    return [
        section(_("Committee")),
        facts(
            [
                (_("Called"), ", ".join(each["name"] for each in committee["members"])),
                (_("Meeting"), figures.iso_date(committee["meeting_on"])),
                (
                    _("Rule"),
                    _("quorum {quorum}, {needs} of {of} of the votes cast").format(
                        quorum=committee["quorum"], needs=needs, of=of
                    ),
                ),
            ]
        ),
        source(committee["rule_source"]),
    ]


# --- the sections of the decision -----------------------------------------------------------


def action_blocks(actions: Sequence[RatingAction], scale: str) -> list[Block]:
    blocks: list[Block] = [section(_("Rating"))]
    for action in actions:
        blocks.append(
            {
                "kind": "level",
                "note": action.note.name,
                "level": level_words(action.level),
                "mark": figures.level_mark(scale) if action.level in LEVELS else "",
            }
        )
        if action.rationale:
            blocks += [
                source(
                    _("Model and limits imply {level}. The committee decided otherwise:").format(
                        level=level_words(action.implied)
                    )
                ),
                {"kind": "quote", "text": action.rationale},
            ]
    return blocks


def vote_blocks(round_: VotingRound) -> list[Block]:
    votes = list(round_.votes.unsealed().select_related("member"))
    return [
        section(_("Votes")),
        table(
            [_("Member"), _("Voted"), _("Reason, as written")],
            [[str(vote.member), stance_words(vote), reason_words(vote)] for vote in votes],
            widths=(2, 2, 7),
            marked=[k for k, vote in enumerate(votes) if vote.dissents],
        ),
        source(f"sha256 {round_.votes_sha256}"),
    ]


def stance_words(vote: Vote) -> str:
    """Write a vote's levels: the level alone where there is one note."""
    levels = {note: stance_word(level) for note, level in vote.levels.items()}
    if len(levels) == 1:
        return next(iter(levels.values()))
    return ", ".join(f"{note} {level}" for note, level in levels.items())


def stance_word(level: str) -> str:
    return _("abstains") if level == "abstain" else level_words(level)


def reason_words(vote: Vote) -> str:
    return _("Dissent: {words}").format(words=vote.reason) if vote.dissents else vote.reason


def signature_blocks(signature: Signature) -> list[Block]:
    return [
        section(_("Signature")),
        facts(
            [
                (_("Signed by"), signature.printed_name),
                (_("Meaning"), signature.get_meaning_display()),
                (_("Time"), figures.moment(signature.signed_at)),
            ]
        ),
        {"kind": "hash", "text": f"sha256 {signature.sha256}"},
    ]


# --- pieces ---------------------------------------------------------------------------------


def section(text: str) -> Block:
    return {"kind": "section", "text": text}


def say(text: str) -> Block:
    return {"kind": "say", "text": plain(text)}


def source(text: str) -> Block:
    return {"kind": "src", "text": text}


def facts(items: Iterable[tuple[str, str]]) -> Block:
    return {"kind": "facts", "items": [list(item) for item in items]}


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    widths: Sequence[int],
    right: Iterable[int] = (),
    marked: Iterable[int] = (),
) -> Block:
    return {
        "kind": "table",
        "head": list(head),
        "rows": [[plain(cell) for cell in row] for row in rows],
        "widths": list(widths),
        "right": list(right),
        "marked": list(marked),
    }


def plain(text: str) -> str:
    """Take the marks of the page out of a sentence; what they stood around stays."""
    return html.unescape(strip_tags(str(text)))
