"""The verbs of the committee, in the order in which a case meets them."""

from deals.committee.services.documents import order_documents, render_document
from deals.committee.services.errors import CommitteeError
from deals.committee.services.proposing import convene, propose_rating, return_case
from deals.committee.services.questions import answer_question, ask_question, note_reading
from deals.committee.services.signing import begin_signing, sign_off
from deals.committee.services.voting import cast_vote, close_round, declare, open_round

__all__ = [
    "CommitteeError",
    "answer_question",
    "ask_question",
    "begin_signing",
    "cast_vote",
    "close_round",
    "convene",
    "declare",
    "note_reading",
    "open_round",
    "order_documents",
    "propose_rating",
    "render_document",
    "return_case",
    "sign_off",
]
