"""How long a Firestore call may take, how often it is tried, and what its failures are called."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from google.api_core import exceptions as api
from google.api_core.retry import Retry, if_exception_type

from shared.errors import Contended, InvalidDocument, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from google.cloud.firestore import Client, DocumentReference, DocumentSnapshot, Query

    Snapshot = DocumentSnapshot[DocumentReference]

T = TypeVar("T")
_LOG = logging.getLogger(__name__)


def _within(all_tries_s: float) -> dict[str, Any]:
    """Bound a call; the library's own defaults go on for minutes, longer than any invocation.

    The library gives a try what the ones before it have left, or all of it again when that is less
    than a second: so none begins in the last second.
    """
    passing = if_exception_type(
        api.ServiceUnavailable, api.InternalServerError, api.TooManyRequests, api.DeadlineExceeded
    )
    retry = Retry(predicate=passing, initial=0.1, maximum=1.0, timeout=all_tries_s - 1.0)
    return {"timeout": all_tries_s, "retry": retry}


CALL = _within(3.5)
BULK_COMMIT = _within(15.0)
"""For some hundred documents at once. Applied but unanswered, the next try meets our preconditions."""


@contextmanager
def firestore() -> Iterator[None]:
    """Translate Firestore's failures into ours.

    Raises:
        Contended: a precondition failed or another writer was faster.
        Unavailable: no answer, or none in time.
    """
    try:
        yield
    except (api.FailedPrecondition, api.AlreadyExists, api.Aborted) as error:
        raise Contended("firestore: changed or made by another writer meanwhile") from error
    except (api.GoogleAPICallError, api.RetryError) as error:
        raise Unavailable("firestore", type(error).__name__) from error


def readable(stored: Iterable[Snapshot], read: Callable[[Snapshot], T]) -> Iterator[T]:
    """Yield what can be read of some documents: one that cannot is named in the log and hides no other."""
    for each in stored:
        try:
            yield read(each)
        except InvalidDocument as error:
            _LOG.warning("left out: %s", error)


def pages(query: Query, size: int) -> Iterator[list[DocumentSnapshot[Any]]]:
    """Yield what a query finds, so many at a time; no page is asked for before it is wanted."""
    rest = query = query.limit(size)
    while True:
        with firestore():
            page = list(rest.stream(**CALL))
        yield page
        if len(page) < size:
            return
        rest = query.start_after(page[-1])


def get_all(client: Client, references: Iterable[DocumentReference]) -> dict[str, Snapshot]:
    """Read documents in one round trip, by path; missing ones are there with `exists` False."""
    with firestore():
        return {doc.reference.path: doc for doc in client.get_all(list(references), **CALL)}
