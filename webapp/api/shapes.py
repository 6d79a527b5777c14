"""What the till sends and gets, with bounds; an unknown field is refused. The OpenAPI document is made from these.

Money is whole fen, points are whole points, moments are seconds since 1970 in UTC.
"""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

Fen = Annotated[int, Meta(ge=1, le=1_000_000_000, description="Money in fen (1/100 yuan).", examples=[4860])]
Points = Annotated[int, Meta(description="Whole points.", examples=[48])]
Id = Annotated[str, Meta(description="The bill's own code, printed in its claim QR.", examples=["K7M2P9QX4T"])]


class Who(msgspec.Struct, forbid_unknown_fields=True):
    """Whose bill it is: exactly one of the four ways to say it."""

    code: (
        Annotated[str, Meta(min_length=4, max_length=24, description="The member code, as written on the card.")] | None
    ) = None
    phone: (
        Annotated[str, Meta(min_length=5, max_length=24, description="The phone number, with or without +86.")] | None
    ) = None
    digits: (
        Annotated[str, Meta(pattern=r"^[0-9]{6}$", description="The six digits that the phone shows now.")] | None
    ) = None
    pass_: (
        Annotated[
            str, Meta(min_length=8, max_length=400, description="The text of the QR code that the phone shows now.")
        ]
        | None
    ) = msgspec.field(default=None, name="pass")


class NewPurchase(msgspec.Struct, forbid_unknown_fields=True):
    """A bill that was paid. Without a member it can be claimed by its own QR code."""

    amount: Fen
    receipt: Annotated[
        str, Meta(max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$", description="The till's own number of the bill.")
    ] = ""
    member: Who | None = None


class NewRefund(msgspec.Struct, forbid_unknown_fields=True):
    """Money given back. Takes back the points that this part of the bill gave."""

    amount: Fen


class PurchaseAnswer(msgspec.Struct, omit_defaults=True):
    """One bill as it stands."""

    id: Id
    amount: Fen
    refunded: Annotated[int, Meta(ge=0, description="Fen given back so far.")]
    points: Annotated[int, Meta(description="What the bill gave, refunds taken off.")]
    at: Annotated[int, Meta(description="When it was recorded: seconds since 1970, UTC.")]
    receipt: str | UnsetType = UNSET
    balance: Annotated[int, Meta(description="The member's points now.")] | UnsetType = UNSET
    claim_url: (
        Annotated[str, Meta(description="Print it as a QR code: whoever scans it first gets the points.")] | UnsetType
    ) = UNSET
    claim_until: Annotated[int, Meta(description="Until when the bill can be claimed.")] | UnsetType = UNSET


class Problem(msgspec.Struct, omit_defaults=True):
    """Why not (RFC 9457). `type` and `title` never change; `detail` is for people, in the language of Accept-Language."""

    type: Annotated[str, Meta(examples=["urn:huitou:refund_too_large"])]
    title: Annotated[str, Meta(examples=["refund_too_large"])]
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: str
    field: Annotated[str, Meta(description="Which field of the request it is about.")] | UnsetType = UNSET


def schemas() -> dict[str, Any]:
    """The structures as JSON Schema, by name."""
    kinds = [NewPurchase, NewRefund, PurchaseAnswer, Problem]
    _, found = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    return dict(found)
