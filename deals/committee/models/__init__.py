"""The nouns of the committee, in the order in which a case meets them."""

from deals.committee.models.case import Declaration, RatingCase, Seat
from deals.committee.models.decision import RatingAction, Signature, SigningOrder
from deals.committee.models.package import Answer, Document, Package, Question
from deals.committee.models.voting import Vote, VotingRound

__all__ = [
    "Answer",
    "Declaration",
    "Document",
    "Package",
    "Question",
    "RatingAction",
    "RatingCase",
    "Seat",
    "Signature",
    "SigningOrder",
    "Vote",
    "VotingRound",
]
