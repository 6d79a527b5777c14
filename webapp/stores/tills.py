"""Keys of the tills: each speaks for one store, is shown once when it is made, and only its hash is kept.

Made and ended by managers at the desk; the till's own room reads them.
"""

from models import ApiKey, Staff, Store, transaction
from webapp import vault
from webapp.outbox import events
from webapp.refusals import Missing, Refusal

MOST = 20


def make(store: Store, name: str, by: Staff | None, at: int) -> tuple[ApiKey, str]:
    """A new key: the row, and the key itself, which nobody can read again later."""
    secret = f"ht_{vault.token()}"
    with transaction():
        if ApiKey.select().where(ApiKey.store == store.id, ApiKey.revoked_at.is_null()).count() >= MOST:
            raise Refusal("密钥最多 %(n)s 个，请先停用不用的", code="too_many_keys", n=MOST)
        key = ApiKey.create(
            store=store.id,
            name=name.strip()[:60],
            hash=vault.fingerprint(secret),
            hint=secret[:8],
            made_by=by.id if by else None,
            made_at=at,
        )
        events.record("api_key_made", at, store=store.id, staff=by.id if by else None, ref=key.hint, name=key.name)
        return key, secret


def revoke(store: Store, key_id: int, by: Staff, at: int) -> None:
    """The key stops working at once. A second time changes nothing."""
    key = ApiKey.get_or_none(ApiKey.id == key_id, ApiKey.store == store.id)
    if key is None:
        raise Missing("没有找到这个密钥", code="no_such_key")
    with transaction():
        if ApiKey.update({ApiKey.revoked_at: at}).where(ApiKey.id == key_id, ApiKey.revoked_at.is_null()).execute():
            events.record("api_key_revoked", at, store=store.id, staff=by.id, ref=key.hint, name=key.name)


def of_store(store: Store) -> list[ApiKey]:
    """The store's keys with who made them, living ones first. One query."""
    query = ApiKey.select(ApiKey, Staff).left_outer_join(Staff).where(ApiKey.store == store.id)
    return list(query.order_by(ApiKey.revoked_at.is_null(False), ApiKey.id.desc()).limit(50))


def speaks_for(secret: str) -> Store | None:
    """The store of a living key, or None."""
    if not secret.startswith("ht_") or len(secret) > 80:
        return None
    mine = (ApiKey.hash == vault.fingerprint(secret)) & ApiKey.revoked_at.is_null() & Store.closed_at.is_null()
    found: Store | None = Store.select().join(ApiKey, on=(ApiKey.store == Store.id)).where(mine).first()
    return found
