"""Who is at the door: sign-in cookies, guards for members and staff, and the one way to find a row that must be theirs.

A door calls one guard first: `member()`, `desk()` (the tablet), `staff("manager")` (the person whose PIN was typed). Guards raise;
`errors.py` turns that into a sign-in page, a 403 or a 404.
"""

import re
from typing import Any
from urllib.parse import SplitResult, urlsplit

from flask import Response, current_app, g, request
from flask_login import LoginManager, UserMixin

from models import Brand, Member, Prepared, Staff, Store
from webapp import clock, signins, storage
from webapp.outbox import events
from webapp.refusals import Forbidden, Missing, SignInFirst
from webapp.signins import Entry

login_manager = LoginManager()
login_manager.session_protection = None
COOKIES = {"member": "huitou", "desk": "huitou_desk"}
ASK_AGAIN_AFTER = 120  # seconds after the last PIN for undo, refunds and adjustments


_BRAND = Prepared(lambda: Brand.select().limit(1))


class Person(UserMixin):  # type: ignore[misc]
    """What flask-login carries: the sign-in of this request."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.id = str(entry.device.id)


def kind_of_path() -> str:
    return "desk" if request.path.startswith("/desk") else "member"


def cookie_name(kind: str) -> str:
    """`__Host-` binds the cookie to this host and to TLS, where there is TLS."""
    return f"__Host-{COOKIES[kind]}" if request.is_secure else COOKIES[kind]


@login_manager.request_loader
def load(_: Any) -> Person | None:
    found = entry()
    return Person(found) if found else None


# What a family helper may do for somebody: these rooms' doors, and of this shop's own pages the ones named. A door that is not here is shut
# to them; `NEVER` takes out of a room what would outlast the help, or says yes for somebody.
HELPS = {"bookings", "complaints", "laundry", "offers", "photos", "points", "ratings", "rewards", "stores"}
HELPS_ALSO = {
    "members.code",
    "members.code_part",
    "members.home",
    "members.me",
    "members.memory",
    "members.memory_add",
    "members.memory_change",
    "members.memory_choose",
    "members.memory_forget",
    "members.story",
    "members.visits",
}
# What every form of a page opened for somebody else says in its address: whose it is. A phone has several tabs and one sign-in, so a form that
# was opened as oneself must not act for the other, nor the other way round.
FOR = "for_whom"
_SENT_TO = re.compile(r'((?<![\w-])(?:action|hx-post|formaction)=")(/(?!/)[^"#]*)')
NEVER = {"bookings.feed_end", "bookings.feed_make", "offers.agree", "offers.partners", "offers.voucher"}


def entry() -> Entry | None:
    """The sign-in of this request, or None; looked up once. The same as flask-login's `current_user.entry`, without its detours."""
    if "entry" not in g:
        kind = kind_of_path()
        secret = request.cookies.get(cookie_name(kind))
        g.entry = found = signins.find(kind, secret, clock.now()) if secret else None
        if found and found.helper:
            events.helped_by.set(found.helper.id)
        if found and found.parted:
            _part(found)
        if found and kind == "member" and request.method not in ("GET", "HEAD", "OPTIONS"):
            _meant_for(found)
    return g.entry  # type: ignore[no-any-return]


def me() -> Member | None:
    """Who is signed in, or whom they help where that may be done for somebody; elsewhere they are themselves."""
    found = entry()
    if found is None:
        return None
    return found.helper if found.helper and not may_help() else found.member


def member() -> Member:
    """Guard: a signed-in member, or the one of their family for whom they act. Refuses what nobody may do for somebody else."""
    found = entry()
    if found is None or found.member is None:
        raise SignInFirst("member")
    if found.helper and not may_help():
        raise Forbidden("这件事只能本人来做。先点「回到自己」，或请本人在自己手机上办", code="only_oneself")
    return found.member


def oneself() -> Member:
    """Guard: whose phone it is, also while they act for somebody."""
    found = entry()
    if found is None or found.member is None:
        raise SignInFirst("member")
    return found.helper or found.member


def may_help() -> bool:
    """Is this door open to somebody who acts for another?"""
    endpoint, room = request.endpoint or "", request.blueprint or ""
    if endpoint in NEVER:
        return False
    reads = room == "care" and request.method in ("GET", "HEAD")
    return reads or room in HELPS or endpoint in HELPS_ALSO


def for_whom(response: Response) -> Response:
    """Every form of this page says for whom it was opened, while somebody acts for another."""
    found: Entry | None = g.get("entry")
    if found and found.helper and found.member and response.mimetype == "text/html" and not response.is_streamed:
        whose = f"{FOR}={found.member.code}"
        page = response.get_data(as_text=True)
        response.set_data(_SENT_TO.sub(lambda to: f"{to[1]}{to[2]}{'&amp;' if '?' in to[2] else '?'}{whose}", page))
    return response


def _meant_for(found: Entry) -> None:
    """What was opened for somebody else than it would be done for now is not done: another tab has begun, or ended, helping."""
    whose = request.args.get(FOR, "") if request.query_string else ""
    mine = found.member.code if found.helper and found.member else ""
    if whose == mine or not may_help():
        return
    if whose:
        raise Forbidden("这一页是替家人打开的，这一步没有做。请刷新页面，看清楚是替谁", code="for_another")
    raise Forbidden("这一页是给自己打开的，现在正替家人操作，这一步没有做。请刷新页面", code="for_oneself")


def _part(found: Entry) -> None:
    """The other has ended it: this phone is its owner's again. What was just sent was meant for the other, so nothing is done with it."""
    with storage.in_passing():
        signins.stop_helping(found.device.id)
    if request.method not in ("GET", "HEAD"):
        raise Forbidden("对方已经不用你代办了，这一步没有做。请刷新页面", code="help_over")


def look_again() -> None:
    """A rule has just changed the member's own row: the rest of this request sees it as it is now."""
    found = entry()
    if found and found.member:
        g.entry = found._replace(member=Member.get_by_id(found.member.id))


def desk() -> Entry:
    """Guard: a tablet that is signed in, whoever acts."""
    found = entry()
    if found is None or found.store is None or kind_of_path() != "desk":
        raise SignInFirst("desk")
    return found


def staff(role: str = "clerk", *, fresh: bool = False, back: str = "") -> tuple[Staff, Store]:
    """Guard: the person whose PIN holds on this tablet, of at least this role. `fresh` wants the PIN typed just now.

    `back` is the page to come back to after the PIN, when that is not the one in the browser.
    """
    g.come_back = back
    found = desk()
    assert found.store is not None
    if found.acting is None:
        raise SignInFirst("pin")
    if fresh and (found.device.proved_at or 0) < clock.now() - ASK_AGAIN_AFTER:
        raise SignInFirst("pin")
    if not found.acting.at_least(role):
        raise Forbidden("这项操作需要更高的权限", code="role")
    return found.acting, found.store


def store_in_hand() -> Store | None:
    """The store this visitor last had to do with, for pages that show one."""
    found = entry()
    if found and found.store:
        return found.store
    slug = request.cookies.get("store", "")
    return Store.get_or_none(Store.slug == slug, Store.closed_at.is_null()) if slug else None


def brand() -> Brand | None:
    """The one brand of this installation; None before set-up."""
    if "brand" not in g:
        known = entry()
        g.brand = known.brand if known else _BRAND.one(Brand)
    found: Brand | None = g.brand
    return found


def forget() -> None:
    """Nobody is signed in and nothing is known for the rest of this request: the database does not answer."""
    g.entry, g.brand = None, None
    g._login_user = login_manager.anonymous_user()


def find(model: Any, *where: Any) -> Any:
    """The row, or a 404: what is not there and what is not yours look the same."""
    return there(model.get_or_none(*where))


def there(row: Any) -> Any:
    """The same for a row that a prepared query has found, or not."""
    if row is None:
        raise Missing("没有找到这个页面", code="not_found")
    return row


def sign_in(response: Response, kind: str, secret: str) -> Response:
    """Give this browser its cookie."""
    response.set_cookie(
        cookie_name(kind),
        secret,
        max_age=signins.ABSOLUTE[kind],
        path="/",
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return response


def sign_out(response: Response, kind: str) -> Response:
    response.delete_cookie(cookie_name(kind), path="/", secure=request.is_secure, httponly=True, samesite="Lax")
    return response


def remember(response: Response, name: str, value: str, days: int = 365) -> Response:
    """A small choice of this browser (language, store), nothing secret."""
    response.set_cookie(name, value, max_age=days * clock.DAY, secure=request.is_secure, httponly=True, samesite="Lax")
    return response


def source() -> str:
    """Where the request comes from; behind a proxy only if `trusted_proxies` says how many to believe."""
    return request.remote_addr or "unknown"


def inside(address: str | None, otherwise: str) -> str:
    """`next=` is followed only to a path of our own."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")) or "\\" in address:
        return otherwise
    parts = split(address)
    return otherwise if parts.scheme or parts.netloc or any(ord(c) < 32 for c in address) else address


def base() -> str:
    """Where codes and links to us lead: the public address if there is one, else the one this browser uses; no slash at the end."""
    settings = current_app.extensions["settings"]
    return (settings.base_url or request.host_url).rstrip("/")


def came_from_us() -> bool:
    """Forgery guard for unsafe methods: the browser says that the page was ours (Fetch Metadata), or its Origin is our host."""
    site = request.environ.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is not None and split(origin).netloc == request.host


def split(address: str) -> SplitResult:
    """The parts of an address that somebody sent; of what is none (`http://[`), no parts."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")
