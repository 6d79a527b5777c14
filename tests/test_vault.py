"""Sealing, keyed hashes, PIN hashes and signed tokens."""

import pytest
from cryptography.exceptions import InvalidTag

from tests.world import SECRET
from webapp import vault


@pytest.fixture(autouse=True)
def unlocked() -> None:
    vault.unlock(SECRET)


def test_what_is_sealed_opens_again_and_never_looks_the_same() -> None:
    first, second = vault.seal("+8613800000001"), vault.seal("+8613800000001")
    assert vault.unseal(first) == vault.unseal(second) == "+8613800000001"
    assert first != second
    assert b"1380000" not in first


def test_a_changed_seal_does_not_open() -> None:
    sealed = bytearray(vault.seal("+8613800000001"))
    sealed[-1] ^= 1
    with pytest.raises(InvalidTag):
        vault.unseal(bytes(sealed))


def test_another_installation_makes_other_hashes_and_tokens() -> None:
    here, token = vault.keyed("phone", "1"), vault.sign("claim", "ABC")
    vault.unlock(b"another secret of another shop, 32 bytes")
    assert vault.keyed("phone", "1") != here
    assert vault.signed("claim", token) is None


def test_a_token_holds_for_its_purpose_only() -> None:
    token = vault.sign("claim", "ABC")
    assert vault.signed("claim", token) == "ABC"
    assert vault.signed("counter", token) is None
    assert vault.signed("claim", token[:-6] + ("A" if token[-6] != "A" else "B") + token[-5:]) is None
    assert vault.signed("claim", "") is None
    assert vault.signed("claim", "短语.🙂") is None


def test_a_pin_matches_only_itself_and_a_missing_one_matches_nothing() -> None:
    stored = vault.hash_secret("246810")
    assert vault.secret_matches(stored, "246810")
    assert not vault.secret_matches(stored, "246811")
    assert not vault.secret_matches(None, "246810")
    assert not vault.secret_matches("not a hash", "246810")


def test_a_stolen_pin_hash_is_worthless_without_the_pepper() -> None:
    stored = vault.hash_secret("246810")
    vault.unlock(b"the thief's own key, also 32 bytes or so")
    assert not vault.secret_matches(stored, "246810")
