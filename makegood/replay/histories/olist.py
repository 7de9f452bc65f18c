"""Olist: orders and reviews of a Brazilian marketplace. The seller is the account: hardly a buyer comes twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from makegood.errors import UserError
from makegood.kafka.input_records import InputRecord, of_fact
from makegood.replay.histories.records import Meter, Row, facts, header, local, local_if_any
from schemas.customers import Reference
from schemas.facts import DeliveryMade, DeliveryPromised, Fact, PurchaseMade, SurveyAnswered
from schemas.scores import Metric, Score

ORDERS = ("order_id", "order_status", "ts", "order_delivered_customer_date", "order_estimated_delivery_date", "seller_id", "paid")
REVIEWS = ("ts", "review_id", "order_id", "review_score", "review_comment_title", "review_comment_message")


def read(paths: Sequence[Path], where: ZoneInfo, meter: Meter) -> Iterator[InputRecord]:
    """Purchases, promises and deliveries of the orders, answers of the reviews, in event order. Needs the orders file.

    An order is in the file once, with its last status: that it will be cancelled is not known when it is placed, and the file does not
    say when it was, so it counts as placed. Orders without a seller wait under `order:...`.
    """
    order_files = [path for path in paths if "order_status" in header(path)]
    if not order_files:
        raise UserError("olist needs its orders file (with a column order_status) beside the reviews")
    seller: dict[str, str] = {}
    found = [fact for path in order_files for fact in facts(path, ORDERS, meter, lambda row: _order(row, seller, where))]
    for path in (path for path in paths if path not in order_files):
        found += facts(path, REVIEWS, meter, lambda row: [_review(row, seller, where)])
    found.sort(key=lambda fact: fact.at)
    return map(of_fact, found)


def _whose(order: str, seller: str) -> Reference:
    return Reference(id=seller) if seller else Reference(aliases=(f"order:{order}",))


def _order(row: Row, seller: dict[str, str], where: ZoneInfo) -> Iterator[Fact]:
    order, customer = row["order_id"], _whose(row["order_id"], row["seller_id"])
    seller[order] = row["seller_id"]
    placed, promised = local(row["ts"], where), local_if_any(row["order_estimated_delivery_date"], where)
    base = {"source": "olist", "object": order, "customer": customer}
    if row["paid"]:
        yield PurchaseMade(id=f"{order}-purchase", occurred_at=placed, amount=float(row["paid"]), **base)
    if promised is not None:
        yield DeliveryPromised(id=f"{order}-promise", occurred_at=placed, promised_for=promised, **base)
    delivered = local_if_any(row["order_delivered_customer_date"], where)
    if delivered is not None:
        yield DeliveryMade(id=f"{order}-delivery", occurred_at=delivered, promised_for=promised, **base)


def _review(row: Row, seller: dict[str, str], where: ZoneInfo) -> Fact:
    comment = ". ".join(part.strip() for part in (row["review_comment_title"], row["review_comment_message"]) if part.strip())
    return SurveyAnswered(
        id=f"{row['review_id']}-{row['order_id']}",
        source="olist",
        object=f"{row['review_id']}-{row['order_id']}",
        occurred_at=local(row["ts"], where),
        customer=_whose(row["order_id"], seller.get(row["order_id"], "")),
        survey="review",
        score=Score.model_validate({"metric": Metric.STARS, "raw": float(row["review_score"])}),
        comment=comment or None,
        language="pt",
    )
