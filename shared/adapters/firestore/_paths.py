"""Every path in Firestore is built here, from checked ids; isolation is this one file to review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.core.brand import brand_id
from shared.errors import BadRequest

if TYPE_CHECKING:
    from google.cloud.firestore import Client, CollectionGroup, CollectionReference, DocumentReference

    from shared.core.brand import BrandId


def brands(client: Client) -> CollectionReference:
    return client.collection("brands")


def brand(client: Client, brand_id: BrandId) -> DocumentReference:
    return brands(client).document(brand_id)


def config(client: Client, brand_id: BrandId) -> DocumentReference:
    return brand(client, brand_id).collection("performance_configs").document("main")


def notifications(client: Client, brand_id: BrandId) -> DocumentReference:
    return brand(client, brand_id).collection("private").document("notifications")


def metrics(client: Client, brand_id: BrandId) -> CollectionReference:
    return brand(client, brand_id).collection("performance_metrics")


def history(client: Client, brand_id: BrandId) -> CollectionReference:
    return brand(client, brand_id).collection("history")


def anomalies(client: Client, brand_id: BrandId) -> CollectionReference:
    return brand(client, brand_id).collection("performance_anomalies")


def freshness(client: Client, brand_id: BrandId) -> CollectionReference:
    return brand(client, brand_id).collection("freshness")


def backfill(client: Client, brand_id: BrandId, source: str) -> DocumentReference:
    return brand(client, brand_id).collection("backfills").document(source)


def every_freshness(client: Client) -> CollectionGroup:
    return client.collection_group("freshness")


def every_anomaly(client: Client) -> CollectionGroup:
    return client.collection_group("performance_anomalies")


def every_delivery(client: Client) -> CollectionGroup:
    return client.collection_group("deliveries")


def digests(client: Client) -> CollectionReference:
    return client.collection("digests")


def owner_of(document: DocumentReference) -> BrandId | None:
    """Read the brand off the path of one of its documents; None where that is none of ours."""
    above = document.parent.parent
    try:
        return brand_id(above.id) if above is not None and above.parent.id == "brands" else None
    except BadRequest:
        return None


def breaker(client: Client, name: str) -> DocumentReference:
    return client.collection("breakers").document(name)


def delivery(client: Client, brand_id: BrandId, subject_id: str, channel: str) -> DocumentReference:
    return brand(client, brand_id).collection("deliveries").document(f"{subject_id}_{channel}")


def insight_draft(client: Client, brand_id: BrandId, draft_id: str) -> DocumentReference:
    return brand(client, brand_id).collection("insight_drafts").document(draft_id)


def insight_cost(client: Client, brand_id: BrandId, day: str) -> DocumentReference:
    return brand(client, brand_id).collection("insight_costs").document(day)


def limit(client: Client, name: str) -> DocumentReference:
    return client.collection("limits").document(name)


def dead_letters(client: Client) -> CollectionReference:
    return client.collection("dead_letters")
