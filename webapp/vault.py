"""Secrets of this installation: sealing phone numbers, keyed hashes to find them again, PIN hashes, signed tokens.

One root secret (a file of mode 0600 made at the first start) is stretched into a key per purpose, so that no two uses share one.
`unlock()` is called once by whoever starts the process. Losing the file means losing the phone numbers: backups carry it apart.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from itsdangerous import BadSignature, Signer

_root = b""
# OWASP's first recommendation for Argon2id; some 20 ms on a small machine.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0 O 1 I L U: read aloud without mistakes


def unlock(root: bytes) -> None:
    global _root
    if len(root) < 32:
        raise ValueError("the secret must have at least 32 bytes")
    _root = root
    _key.cache_clear()
    _signer.cache_clear()


@lru_cache(maxsize=64)
def _key(purpose: str) -> bytes:
    if not _root:
        raise RuntimeError("the vault is locked: call vault.unlock() first")
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(_root)


def seal(text: str) -> bytes:
    """Encrypt (AES-GCM, 96-bit random nonce in front)."""
    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(_key("seal")).encrypt(nonce, text.encode(), None)


def unseal(sealed: bytes) -> str:
    data = bytes(sealed)
    return AESGCM(_key("seal")).decrypt(data[:12], data[12:], None).decode()


def opens(sealed: bytes) -> bool:
    """Was this sealed with our secret?"""
    try:
        unseal(sealed)
    except InvalidTag:
        return False
    return True


def keyed(purpose: str, text: str) -> str:
    """A hash that only this installation can make: finds equal things without storing them."""
    return hmac.new(_key(purpose), text.encode(), hashlib.sha256).hexdigest()


def number(purpose: str) -> int:
    """A secret number of 255 bits, always the same for this purpose: for keys that libraries make out of one."""
    return (int.from_bytes(_key(f"number:{purpose}")) >> 1) + 1


def fingerprint(text: str) -> str:
    """The stored form of a random token (already unguessable, so a plain hash is enough)."""
    return hashlib.sha256(text.encode()).hexdigest()


def token() -> str:
    """192 random bits for cookies and links."""
    return secrets.token_urlsafe(24)


def code(length: int) -> str:
    """A random code for people: shown, read aloud, part of addresses. Ten letters are 49 bits."""
    number, letters = secrets.randbelow(len(ALPHABET) ** length), []
    for _ in range(length):
        number, place = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[place])
    return "".join(letters)


def digits(length: int) -> str:
    return f"{secrets.randbelow(10**length):0{length}d}"


def hash_secret(text: str) -> str:
    """Hash a PIN or password: Argon2id over an HMAC with a key that is not in the database (the pepper)."""
    return _hasher.hash(_peppered(text))


def secret_matches(stored: str | None, text: str) -> bool:
    """Compare; spends the same time when there is nothing to compare with, so that unknown accounts do not answer faster."""
    try:
        _hasher.verify(stored or _nobody(), _peppered(text))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def _peppered(text: str) -> str:
    return urlsafe_b64encode(hmac.new(_key("pepper"), text.encode(), hashlib.sha256).digest()).decode()


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _hasher.hash("nobody")


@lru_cache(maxsize=64)
def _signer(purpose: str) -> Signer:
    return Signer(_key("sign"), salt=purpose, key_derivation="hmac", digest_method=hashlib.sha256)


def sign(purpose: str, text: str) -> str:
    """`text` with a signature that holds for this purpose only. `text` must not contain a dot at its end."""
    return _signer(purpose).sign(text).decode()


def signed(purpose: str, token: str) -> str | None:
    """The text of a token that we signed for this purpose, else None."""
    try:
        return _signer(purpose).unsign(token).decode()
    except (BadSignature, UnicodeError):
        return None
