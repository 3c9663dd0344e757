"""One page of Meta's rows: a cursor that leads on, and the next page's full URL, token and all."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING

from local.world.meta_access import token_of
from local.world.meta_errors import bad_parameter
from local.world.wire import Refused

if TYPE_CHECKING:
    from starlette.requests import Request

_PAGE = 25


def page(request: Request, found: list[dict[str, object]]) -> dict[str, object]:
    """Cut one page out of a result: 25 rows unless told."""
    params = request.query_params
    limit = params.get("limit", str(_PAGE))
    if not limit.isdecimal() or int(limit) == 0:
        raise Refused(bad_parameter("limit must be a positive integer"))
    first = _offset(params["after"]) if "after" in params else 0
    data = found[first : first + int(limit)]
    if not data:
        return {"data": []}
    end = first + len(data)
    paging: dict[str, object] = {"cursors": {"before": _cursor(first), "after": _cursor(end)}}
    if end < len(found):
        paging["next"] = str(
            request.url.include_query_params(after=_cursor(end), access_token=token_of(request))
        )
    return {"data": data, "paging": paging}


def _cursor(offset: int) -> str:
    return urlsafe_b64encode(f"row{offset}".encode()).decode()


def _offset(cursor: str) -> int:
    try:
        return int(urlsafe_b64decode(cursor).removeprefix(b"row"))
    except ValueError:
        raise Refused(bad_parameter("Invalid parameter: after")) from None
