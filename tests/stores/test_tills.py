"""Keys of tills: shown once, kept as a hash, gone at once when revoked."""

import pytest

from models import ApiKey, Store
from tests.world import NOON, World
from webapp.refusals import Missing, Refusal
from webapp.stores import tills


def test_a_key_speaks_for_its_store_and_is_not_kept(world: World) -> None:
    key, secret = tills.make(world.bath, "前台", world.lin, NOON)
    assert secret.startswith("ht_")
    assert secret not in str(ApiKey.select().dicts().get())
    assert secret.startswith(key.hint)
    assert tills.speaks_for(secret).id == world.bath.id


def test_a_revoked_key_ends_at_once(world: World) -> None:
    key, secret = tills.make(world.bath, "前台", world.lin, NOON)
    with pytest.raises(Missing):
        tills.revoke(world.laundry, key.id, world.bo, NOON)
    tills.revoke(world.bath, key.id, world.lin, NOON)
    tills.revoke(world.bath, key.id, world.lin, NOON + 9)
    assert tills.speaks_for(secret) is None
    assert world.fresh(key).revoked_at == NOON


def test_no_other_word_is_a_key(world: World) -> None:
    for secret in ("", "ht_", "ht_wrong", "bearer", "ht_" + "x" * 500):
        assert tills.speaks_for(secret) is None


def test_a_closed_store_has_no_voice(world: World) -> None:
    _, secret = tills.make(world.bath, "前台", world.lin, NOON)
    Store.update(closed_at=NOON).where(Store.id == world.bath.id).execute()
    assert tills.speaks_for(secret) is None


def test_there_is_an_end_to_keys(world: World) -> None:
    for n in range(tills.MOST):
        tills.make(world.bath, f"{n}", world.lin, NOON)
    with pytest.raises(Refusal):
        tills.make(world.bath, "one more", world.lin, NOON)
