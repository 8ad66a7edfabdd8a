"""Presigned links to the storage: a path, an expiry and a signature over both and the method."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from urllib.parse import parse_qs, quote, unquote, urlsplit


class Links:
    """Makes and checks presigned links."""

    def __init__(self, lifetime: float) -> None:
        self.lifetime = lifetime  # seconds
        self._secret = secrets.token_bytes(16)
        self._voided_before = 0.0

    def sign(self, method: str, base_url: str, key: str) -> str:
        """A link for one method on one object of the storage."""
        expires = f"{time.time() + self.lifetime:.3f}"
        issued = f"{time.monotonic():.9f}"
        signature = self.signature(method, key, expires, issued)
        return f"{base_url}/{quote(key)}?X-Expires={expires}&X-Issued={issued}&X-Signature={signature}"

    def refusal(self, method: str, target: str) -> tuple[str, str | None]:
        """The object that a request's target names, and why the link isn't good (None: it is)."""
        parts = urlsplit(target)
        key = unquote(parts.path).removeprefix("/")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        expires, issued = query.get("X-Expires", ""), query.get("X-Issued", "")
        if not hmac.compare_digest(self.signature(method, key, expires, issued), query.get("X-Signature", "")):
            return key, "SignatureDoesNotMatch"
        if float(expires) < time.time() or float(issued) < self._voided_before:
            return key, "AccessDenied"
        return key, None

    def expire_all(self) -> None:
        """Every link that was given out so far is expired."""
        self._voided_before = time.monotonic()

    def signature(self, method: str, key: str, expires: str, issued: str) -> str:
        """The proof that a link is this storage's own."""
        text = "\n".join(("PUT" if method == "PUT" else "GET", key, expires, issued))
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()
