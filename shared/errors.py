"""Every error raised on purpose.

    WarRoomError
    ├── Refused                 the caller is wrong; HTTP 4xx
    │   ├── BadRequest          400, names the field
    │   ├── Unauthenticated     401
    │   ├── Forbidden           403
    │   ├── NotFound            404
    │   ├── MethodNotAllowed    405
    │   ├── TooLarge            413
    │   ├── UnsupportedMedia    415
    │   └── TooMany             429, says how long to wait
    ├── Retryable               the world, for now; HTTP 503, an event comes back
    │   ├── Unavailable         a dependency did not answer
    │   ├── Contended           others wrote first, every time we tried
    │   └── RateLimited         told to wait; says how long
    └── Terminal                will never work; an event is recorded and acknowledged
        ├── MalformedEvent      not one of ours, or unreadable
        ├── InvalidDocument     a stored document breaks its schema; names the path
        ├── PlatformRefused     the platform said no, for a normalised reason
        ├── KeyUnreadable       a sealed key does not open here
        └── ConfigError         the process must not start

No message carries a secret, a token, an URL with a query, or a platform's own words.
"""

from __future__ import annotations


class WarRoomError(Exception):
    """Base of all; `reason` is a stable snake_case word for logs and callers.

    `uid` is who asked, where a token has said so; for the log alone.
    """

    reason = "error"
    uid: str | None = None


class Refused(WarRoomError):
    """The caller's request cannot be served as it is."""

    status = 400
    reason = "refused"


class BadRequest(Refused):
    """A parameter or body field is missing, malformed or out of range."""

    reason = "bad_request"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


class Unauthenticated(Refused):
    """No valid identity; the message is for the log, callers get one fixed sentence."""

    status = 401
    reason = "unauthenticated"


class Forbidden(Refused):
    """Not the owner: the same answer whether the brand exists or not."""

    status = 403
    reason = "forbidden"


class NotFound(Refused):
    status = 404
    reason = "not_found"


class MethodNotAllowed(Refused):
    status = 405
    reason = "method_not_allowed"

    def __init__(self, allowed: str) -> None:
        super().__init__(f"allowed here: {allowed}")
        self.allowed = allowed


class TooLarge(Refused):
    status = 413
    reason = "too_large"


class UnsupportedMedia(Refused):
    status = 415
    reason = "unsupported_media_type"


class TooMany(Refused):
    """The caller asks too often; free again in `retry_after_s` seconds."""

    status = 429
    reason = "too_many_requests"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"too many requests; try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class Retryable(WarRoomError):
    """The world is in the way for now; the same request may work later."""

    reason = "retryable"
    retry_after_s = 30


class Unavailable(Retryable):
    """A dependency failed or did not answer in time."""

    reason = "unavailable"

    def __init__(self, dependency: str, detail: str = "did not answer") -> None:
        super().__init__(f"{dependency}: {detail}")
        self.dependency = dependency


class Contended(Retryable):
    reason = "contended"


class RateLimited(Retryable):
    """A platform asked us to wait `retry_after_s` seconds; `scope` is account, app or project."""

    reason = "rate_limited"

    def __init__(self, dependency: str, retry_after_s: int, scope: str = "account") -> None:
        super().__init__(f"{dependency}: rate limited ({scope})")
        self.dependency = dependency
        self.retry_after_s = retry_after_s
        self.scope = scope


class Terminal(WarRoomError):
    """Repeating it would fail for ever."""

    reason = "terminal"


class MalformedEvent(Terminal):
    reason = "malformed_event"


class InvalidDocument(Terminal):
    """A document breaks its schema; `path` names the offending field."""

    reason = "invalid_document"

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path


class PlatformRefused(Terminal):
    """A platform refused for a normalised reason (see `shared.core.integration.Problem`)."""

    def __init__(self, dependency: str, reason: str) -> None:
        super().__init__(f"{dependency}: {reason}")
        self.dependency = dependency
        self.reason = reason


class KeyUnreadable(Terminal):
    """A sealed key is malformed, was moved, was altered, or its master key is retired."""

    reason = "key_unreadable"


class ConfigError(Terminal):
    """The environment is incomplete, malformed or dangerous; every mistake is listed."""

    reason = "config"

    def __init__(self, *mistakes: str) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes = mistakes
