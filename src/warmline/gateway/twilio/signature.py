"""Owns the proofs that a request comes from the provider: their signatures and shared tokens.

Pure. Must not know routes or settings. Every comparison takes the same time for right and wrong.
Sources: Twilio "Webhooks Security"; Plivo "Validating requests", version 3. Signatures are
base64 of an HMAC keyed with the account's auth token.
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterable
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

Parameters = Iterable[tuple[str, str]]
"""Names and values of a form, as often as they came."""

_PORTS: Final = {"https": 443, "wss": 443, "http": 80, "ws": 80}
MAX_SIGNATURES: Final = 8
"""Plivo sends one for each valid auth token; more than a few is a try to keep us busy."""


def twilio_signature(auth_token: str, url: str, parameters: Parameters = ()) -> str:
    """What Twilio writes into `X-Twilio-Signature` for a form POST to `url`, or for the upgrade
    to a WebSocket at the `wss://` URL, which has no parameters: HMAC-SHA1."""
    text = url + "".join(name + value for name, value in sorted(set(parameters)))
    return _sign(auth_token, text, "sha1")


def twilio_signed(auth_token: str, signature: str, url: str, parameters: Parameters = ()) -> bool:
    """Whether the signature is Twilio's; it may have signed the URL with or without the port."""
    parameters = list(parameters)
    return _any_equal(
        (twilio_signature(auth_token, form, parameters) for form in _port_forms(url)),
        [signature],
    )


def plivo_signature(auth_token: str, url: str, nonce: str, parameters: Parameters = ()) -> str:
    """What Plivo writes into `X-Plivo-Signature-V3` for a form POST: HMAC-SHA256."""
    parts = urlsplit(url)
    base = f"{parts.scheme}://{parts.netloc}{parts.path}?"
    if parts.query:
        query = sorted(parse_qsl(parts.query, keep_blank_values=True))
        base += "&".join(f"{name}={value}" for name, value in query) + "."
    base += "".join(name + value for name, value in sorted(parameters))
    return _sign(auth_token, f"{base}.{nonce}", "sha256")


def plivo_signed(
    auth_token: str, signatures: str, url: str, nonce: str, parameters: Parameters = ()
) -> bool:
    """Whether one of the signatures, which a comma separates, is Plivo's for this nonce."""
    given = [signature.strip() for signature in signatures.split(",")[:MAX_SIGNATURES]]
    return bool(nonce) and _any_equal([plivo_signature(auth_token, url, nonce, parameters)], given)


def bearer_matches(expected: str, authorization: str) -> bool:
    """Whether an `Authorization` header carries this token (RFC 6750, section 2.1)."""
    scheme, _, token = authorization.partition(" ")
    return scheme.lower() == "bearer" and token_matches(expected, token.strip())


def token_matches(expected: str, token: str) -> bool:
    """Whether two tokens are equal; an empty one matches nothing."""
    return bool(expected) and _any_equal([expected], [token])


def _sign(auth_token: str, text: str, digest: str) -> str:
    mac = hmac.digest(auth_token.encode(), text.encode(errors="surrogatepass"), digest)
    return b64encode(mac).decode()


def _any_equal(ours: Iterable[str], given: Iterable[str]) -> bool:
    # All are compared, equal or not. Hashes, as `compare_digest` shows when lengths differ.
    theirs = [_hash(text) for text in given]
    found = [hmac.compare_digest(_hash(text), other) for text in ours for other in theirs]
    return any(found)


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()


def _port_forms(url: str) -> list[str]:
    parts = urlsplit(url)
    port = _PORTS.get(parts.scheme)
    if port is None or parts.port not in (None, port):
        return [url]
    host = parts.netloc.removesuffix(f":{port}")
    return [_with_netloc(parts, host), _with_netloc(parts, f"{host}:{port}")]


def _with_netloc(parts: SplitResult, netloc: str) -> str:
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{netloc}{parts.path}{query}"
