"""Passkeys: the phone's own fingerprint or face opens the sign-in. The challenge is bound to one browser, lasts five minutes, works once.

The doors hand in the site (`rp_id`, `origin`), because only they know under which name the shop is reached.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from models import Challenge, Member, Passkey, transaction
from webapp import vault
from webapp.clock import MINUTE
from webapp.members import devices, phones
from webapp.outbox import events
from webapp.refusals import Refusal

LASTS = 5 * MINUTE
MOST = 10
LONGEST = 400  # as wide as the column
# What a malformed answer makes the library raise besides its own exceptions.
_BROKEN = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, IndexError)


class Site(NamedTuple):
    """Who asks: the name the browser binds a passkey to, the exact address of the page, and the shop's name."""

    rp_id: str
    origin: str
    name: str


class Asked(NamedTuple):
    """`options` is JSON for the browser, `secret` goes into its cookie."""

    options: str
    secret: str


def ask_new(member: Member, site: Site, at: int) -> Asked:
    """Begin to add a passkey; the ones this member has are left out."""
    mine = [row.credential for row in Passkey.select(Passkey.credential).where(Passkey.member == member.id)]
    if len(mine) >= MOST:
        raise Refusal("最多添加 %(n)s 个", code="too_many_passkeys", n=MOST)
    called = phones.masked(member) or member.name or member.code
    options = generate_registration_options(
        rp_id=site.rp_id,
        rp_name=site.name,
        user_id=member.code.encode(),
        user_name=called,
        user_display_name=member.name or called,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in mine],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
    )
    return Asked(options_to_json(options), _remember(options.challenge, at))


def add(member: Member, answer: Mapping[str, Any], secret: str, site: Site, *, label: str, at: int) -> Passkey:
    """Keep a new passkey. Refuses an answer to another challenge, from another site, or without the person's own gesture."""
    challenge = _take(secret, at)
    try:
        proved = verify_registration_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except _BROKEN:
        raise _refused() from None
    credential = bytes_to_base64url(proved.credential_id)
    if len(credential) > LONGEST:
        raise _refused()
    values = {
        "member": member.id,
        "credential": credential,
        "public_key": proved.credential_public_key,
        "sign_count": proved.sign_count,
        "label": label[:80],
        "made_at": at,
    }
    with transaction():
        if Passkey.insert(values).on_conflict_ignore().as_rowcount().execute() == 0:
            raise Refusal("这个已经添加过了", code="passkey_known")
        events.record("passkey_added", at, member=member.id)
        return Passkey.get(Passkey.credential == credential)


def ask_sign_in(site: Site, at: int) -> Asked:
    """Begin to sign in: the browser offers whatever passkeys it has for this shop."""
    options = generate_authentication_options(rp_id=site.rp_id, user_verification=UserVerificationRequirement.REQUIRED)
    return Asked(options_to_json(options), _remember(options.challenge, at))


def sign_in(answer: Mapping[str, Any], secret: str, site: Site, *, label: str, at: int) -> str:
    """Open a sign-in; returns the secret for the cookie. Refuses everything that does not prove one of our passkeys."""
    challenge = _take(secret, at)
    passkey = _known(answer)
    if passkey is None or passkey.member is None or passkey.member.erased_at:
        raise _refused()
    try:
        proved = verify_authentication_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except _BROKEN:
        raise _refused() from None
    with transaction():
        Passkey.update({Passkey.sign_count: proved.new_sign_count, Passkey.used_at: at}).where(
            Passkey.id == passkey.id
        ).execute()
        return devices.open_one_more(passkey.member, None, label, at)


def remove(member: Member, passkey: int, at: int) -> None:
    """Forget one of the member's own passkeys; a second time changes nothing."""
    with transaction():
        mine = (Passkey.id == passkey) & (Passkey.member == member.id)
        if Passkey.delete().where(mine).execute():
            events.record("passkey_removed", at, member=member.id)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _remember(challenge: bytes, at: int) -> str:
    secret = vault.token()
    with transaction():
        Challenge.delete().where(Challenge.expires_at <= at).execute()
        Challenge.create(
            browser_hash=vault.fingerprint(secret), challenge=bytes_to_base64url(challenge), expires_at=at + LASTS
        )
    return secret


def _take(secret: str, at: int) -> bytes:
    """The challenge of this browser, gone from now on: the same answer never works twice."""
    with transaction():
        found = Challenge.get_or_none(Challenge.browser_hash == vault.fingerprint(secret), Challenge.expires_at > at)
        if found is None or Challenge.delete().where(Challenge.id == found.id).execute() != 1:
            raise Refusal("时间过了，请再试一次", code="challenge_over")
        return base64url_to_bytes(found.challenge)


def _known(answer: Mapping[str, Any]) -> Passkey | None:
    credential = answer.get("id")
    if not isinstance(credential, str) or not credential.isascii() or not credential.isprintable():
        return None
    found: Passkey | None = (
        Passkey.select(Passkey, Member).join(Member).where(Passkey.credential == credential[:LONGEST]).first()
    )
    return found


def _refused() -> Refusal:
    return Refusal("没有成功，请用密码或到柜台登录", code="passkey_refused")
