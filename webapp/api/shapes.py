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


Coupon = Annotated[
    str,
    Meta(
        max_length=16,
        pattern=r"^[0-9A-Za-z]+$",
        description="The code of one of the member's coupons; `best` looks for the one that takes off most, `none` leaves them alone.",
        examples=["best"],
    ),
]
Reduced = Annotated[
    int, Meta(ge=0, le=1_000_000_000, description="The part of it that is reduced already, in fen: no discount again.")
]
Bundle = Annotated[int, Meta(ge=1, le=1_000_000_000, description="A bundle of `/prices` that was ordered.")]


class NewPrice(msgspec.Struct, forbid_unknown_fields=True):
    """What is on the counter, before any price: what would it come to?"""

    full_amount: Fen
    reduced_amount: Reduced = 0
    coupon: Coupon = "none"
    bundle: Bundle | None = None
    member: Who | None = None


class NewPurchase(msgspec.Struct, forbid_unknown_fields=True):
    """A bill. Either `amount`, that was paid, or `full_amount`, that the shop prices: the answer's `amount` is what to charge then.

    Without a member it can be claimed by its own QR code.
    """

    amount: Fen | UnsetType = UNSET
    full_amount: Fen | UnsetType = UNSET
    reduced_amount: Reduced = 0
    coupon: Coupon = "none"
    bundle: Bundle | None = None
    to_pay: (
        Annotated[
            int, Meta(ge=0, description="What `/prices` has said, in fen; refused when it is something else by now.")
        ]
        | None
    ) = None
    receipt: Annotated[
        str, Meta(max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$", description="The till's own number of the bill.")
    ] = ""
    member: Who | None = None


class NewRefund(msgspec.Struct, forbid_unknown_fields=True):
    """Money given back. Takes back the points that this part of the bill gave."""

    amount: Fen


class PriceStep(msgspec.Struct, omit_defaults=True):
    """Something that takes money off."""

    kind: Annotated[str, Meta(description="tier, percent, member_day, bundle or coupon.", examples=["member_day"])]
    off: Annotated[int, Meta(ge=0, description="In fen.")]
    percent: int | UnsetType = UNSET
    name: Annotated[dict[str, str], Meta(description="By language: zh, zh_Hant, en.")] | UnsetType = UNSET


class CouponLine(msgspec.Struct):
    """A coupon that the member could use here now."""

    code: str
    says: Annotated[str, Meta(description="Its terms as one sentence, in the language of Accept-Language.")]
    off: Annotated[int, Meta(ge=0, description="What it would take off at this price, in fen; 0 below its minimum.")]


class BundleLine(msgspec.Struct):
    """A bundle that is on at this hour."""

    id: int
    name: Annotated[dict[str, str], Meta(description="By language: zh, zh_Hant, en.")]
    price: Fen
    usual: Annotated[int, Meta(description="What its things cost one by one, in fen.")]


class PriceAnswer(msgspec.Struct):
    """What a bill comes to: the best single price offer and at most one coupon. Nothing has been written down."""

    full_amount: Fen
    to_pay: Annotated[int, Meta(ge=0, description="In fen.")]
    steps: list[PriceStep]
    why: Annotated[list[str], Meta(description="Which won and why, in the language of Accept-Language.")]
    points: Points
    coupons: list[CouponLine]
    bundles: list[BundleLine]


class PurchaseAnswer(msgspec.Struct, omit_defaults=True):
    """One bill as it stands."""

    id: Id
    amount: Annotated[int, Meta(ge=1, description="What is paid, in fen.", examples=[4860])]
    refunded: Annotated[int, Meta(ge=0, description="Fen given back so far.")]
    points: Annotated[int, Meta(description="What the bill gave, refunds taken off.")]
    at: Annotated[int, Meta(description="When it was recorded: seconds since 1970, UTC.")]
    full_amount: Annotated[int, Meta(description="What it came to before the prices, in fen.")] | UnsetType = UNSET
    steps: Annotated[list[PriceStep], Meta(description="How the one became the other.")] | UnsetType = UNSET
    why: (
        Annotated[list[str], Meta(description="Which price won and why, in the language of Accept-Language.")]
        | UnsetType
    ) = UNSET
    receipt: str | UnsetType = UNSET
    balance: Annotated[int, Meta(description="The member's points now.")] | UnsetType = UNSET
    claim_url: (
        Annotated[str, Meta(description="Print it as a QR code: whoever scans it first gets the points.")] | UnsetType
    ) = UNSET
    claim_until: Annotated[int, Meta(description="Until when the bill can be claimed.")] | UnsetType = UNSET


class PaidAnswer(msgspec.Struct):
    """Nothing is to be charged: a coupon paid for everything and is used up. There is no bill, and there are no points."""

    amount: Annotated[int, Meta(ge=0, le=0, description="What to charge.")]
    full_amount: Annotated[int, Meta(description="What it came to before the prices, in fen.")]
    coupon: Annotated[str, Meta(description="The code of the coupon that was used.")]
    saved: Annotated[int, Meta(ge=0, description="What the coupon took off, in fen.")]


Moment = Annotated[int, Meta(description="Seconds since 1970, UTC.", examples=[1779361200])]
Words = Annotated[dict[str, str], Meta(description="By language: zh, zh_Hant, en.")]
BookingId = Annotated[str, Meta(description="The booking's own code.", examples=["R4TQ8M2KXP"])]


class Option(msgspec.Struct):
    """Something that may be added to a service."""

    key: str
    name: Words
    price: Annotated[int, Meta(ge=0, description="In fen, for the whole party.")]


class Package(msgspec.Struct):
    """One price for a party of just so many, on just such days, when that is less than the usual."""

    key: str
    name: Words
    people: int
    price: Annotated[int, Meta(ge=0, description="In fen, for the whole party.")]
    when: Annotated[
        str,
        Meta(
            examples=["weekend"], description="always; weekend (public holidays too); holiday (public holidays only)."
        ),
    ]


class ServiceAnswer(msgspec.Struct):
    """A service as it is offered now. `version` rises with every edit: send it along, and nobody books old terms."""

    id: int
    version: int
    kind: Annotated[str, Meta(examples=["bath"])]
    name: Words
    minutes: int
    price: Annotated[int, Meta(ge=0, description="In fen: for each person, or for the party.")]
    per_person: bool
    people_min: int
    people_max: int
    on_request: Annotated[bool, Meta(description="A person of the shop says yes first: such a booking is `requested`.")]
    options: list[Option]
    packages: list[Package]


class Services(msgspec.Struct):
    """What can be booked in this store."""

    services: list[ServiceAnswer]


class Slot(msgspec.Struct, omit_defaults=True):
    """One time to begin."""

    at: Moment
    left: Annotated[int, Meta(ge=0, description="So many people it could still take together.")]
    free: Annotated[bool, Meta(description="Would the party that was asked for fit?")]
    price: Annotated[int, Meta(ge=0, description="In fen, for the party that was asked for; a package is in it.")]
    package: Annotated[Words, Meta(description="The package that makes the price.")] | UnsetType = UNSET


class Slots(msgspec.Struct):
    """The times of a day, in order, full ones too; none when the shop is closed or the day is not open yet."""

    service: int
    version: int
    day: Annotated[
        str,
        Meta(
            examples=["2026-05-21"],
            description="The day on the wall of the shop; a night that goes on past midnight is the evening's.",
        ),
    ]
    people: int
    slots: list[Slot]


class NewBooking(msgspec.Struct, forbid_unknown_fields=True):
    """A time for one party. Whose it is: a member, or a guest by name."""

    service: Annotated[int, Meta(ge=1, le=1_000_000_000)]
    at: Annotated[int, Meta(ge=0, le=100_000_000_000, description="A time of `/slots`.")]
    people: Annotated[int, Meta(ge=1, le=200)] = 1
    member: Who | None = None
    guest: Annotated[
        str, Meta(max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$", description="The name, when there is no member.")
    ] = ""
    guest_phone: Annotated[str, Meta(max_length=24, description="So that the shop can call.")] = ""
    note: Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")] = ""
    options: Annotated[
        list[Annotated[str, Meta(max_length=40)]], Meta(max_length=20, description="Keys of the service's options.")
    ] = []
    version: (
        Annotated[
            int,
            Meta(
                ge=1,
                le=1_000_000_000,
                description="The service's `version` that was shown; refused when it was edited since.",
            ),
        ]
        | None
    ) = None
    resource: Annotated[int, Meta(ge=1, le=1_000_000_000, description="A wish for this room or person.")] | None = None


class NewTime(msgspec.Struct, forbid_unknown_fields=True):
    """Another time for a booking, all of it."""

    at: Annotated[int, Meta(ge=0, le=100_000_000_000, description="A time of `/slots`.")]


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing more to say: `{}`."""


class BookingAnswer(msgspec.Struct, omit_defaults=True):
    """One booking as it stands."""

    id: BookingId
    state: Annotated[
        str,
        Meta(
            examples=["confirmed"],
            description="requested, offered, confirmed, arrived, done, declined, cancelled, no_show or lapsed.",
        ),
    ]
    services: Annotated[list[int], Meta(description="What it is for, by time.")]
    people: int
    at: Moment
    ends_at: Moment
    price: Annotated[int, Meta(ge=0, description="In fen, to be paid at the counter; frozen when it was booked.")]
    made_at: Moment
    cancel_until: Annotated[int, Meta(description="Until when the member may call it off by themselves.")]
    member: Annotated[str, Meta(description="The member code.")] | UnsetType = UNSET
    guest: str | UnsetType = UNSET
    packages: Annotated[list[Words], Meta(description="The packages that made the price.")] = []
    offer_until: Annotated[int, Meta(description="The place is offered and held until then.")] | UnsetType = UNSET


class Bookings(msgspec.Struct):
    """The bookings of a day, by time."""

    day: str
    bookings: list[BookingAnswer]


class Problem(msgspec.Struct, omit_defaults=True):
    """Why not (RFC 9457). `type` and `title` never change; `detail` is for people, in the language of Accept-Language."""

    type: Annotated[str, Meta(examples=["urn:huitou:refund_too_large"])]
    title: Annotated[str, Meta(examples=["refund_too_large"])]
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: str
    field: Annotated[str, Meta(description="Which field of the request it is about.")] | UnsetType = UNSET
    nearest: (
        Annotated[list[int], Meta(description="When a time is gone: the free times nearest to it.")] | UnsetType
    ) = UNSET


def schemas() -> dict[str, Any]:
    """The structures as JSON Schema, by name."""
    kinds = [
        *(
            NewPrice,
            PriceAnswer,
            NewPurchase,
            NewRefund,
            PurchaseAnswer,
            PaidAnswer,
            NewBooking,
            NewTime,
            Nothing,
            BookingAnswer,
            Bookings,
            Services,
            Slots,
        ),
        Problem,
    ]
    _, found = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    return dict(found)
