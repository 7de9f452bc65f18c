"""What the vendors' files turn into: each fact at its own time, nothing from the future, nothing lost without a word."""

from __future__ import annotations

import gzip
from datetime import datetime

import pytest

from makegood.errors import UserError
from makegood.replay.histories import FORMATS, check
from makegood.replay.histories.records import Meter, zone
from tests.makegood.histories_at_hand import facts, read, times, write_csv

INVOICES = "ts,customer_id,kind,invoice,amount,lines,units,country"
BASKETS = "ts,customer_id,basket_id,amount,lines,retail_disc,coupon_disc,store_id"
PEOPLE = "customer_id,age,income,home_ownership"
ORDERS = "order_id,order_status,ts,order_delivered_customer_date,order_estimated_delivery_date,seller_id,paid,customer_id"
REVIEWS = "ts,review_id,order_id,review_score,review_creation_date,review_comment_title,review_comment_message"


# -- Online Retail ------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def invoices(tmp_path):
    return write_csv(
        tmp_path / "invoices.csv.gz",
        INVOICES,
        "2011-06-01T09:00:00,17850,purchase,536365,139.12,7,40,United Kingdom",
        "2011-06-02T09:00:00,17850,cancellation,C536365,-39.12,1,-3,United Kingdom",
    )


def test_an_invoice_is_a_purchase_and_a_cancellation_takes_its_amount_back(invoices):
    bought, cancelled = facts("online-retail", invoices)
    assert (bought["type"], bought["amount"], bought["customer"]["id"]) == ("purchase.made", 139.12, "17850")
    assert (cancelled["type"], cancelled["amount"]) == ("purchase.made", -39.12)


def test_local_times_are_taken_in_the_zone_of_the_format_unless_another_is_named(invoices):
    assert facts("online-retail", invoices)[0]["occurred_at"] == "2011-06-01T09:00:00+01:00"
    assert facts("online-retail", invoices, where="UTC")[0]["occurred_at"] == "2011-06-01T09:00:00Z"


def test_reading_a_file_twice_gives_the_same_bytes(invoices):
    assert read("online-retail", invoices) == read("online-retail", invoices)


def test_two_files_are_read_as_one_history(tmp_path, invoices):
    other = write_csv(tmp_path / "more.csv", INVOICES, "2011-06-01T21:00:00,1,purchase,9,5,1,1,France")
    assert [fact["object"] for fact in facts("online-retail", invoices, other)] == ["536365", "9", "C536365"]


def test_an_invoice_without_a_customer_waits_under_its_number(tmp_path):
    path = write_csv(tmp_path / "a.csv", INVOICES, "2011-06-01T09:00:00,,purchase,7,5,1,1,France")
    assert facts("online-retail", path)[0]["customer"]["aliases"] == ["invoice:7"]


def test_a_row_that_makes_no_fact_is_told_with_its_line_and_the_next_is_read(tmp_path):
    lines = ("2011-06-01T09:00:00,1,purchase,7,much,1,1,France", ",1,purchase,8,5,1,1,France", "2011-06-01T09:00:00,1,purchase,9,5,1,1,F")
    meter = Meter()
    found = facts("online-retail", write_csv(tmp_path / "a.csv", INVOICES, *lines), meter=meter)
    assert [fact["object"] for fact in found] == ["9"]
    assert (meter.skipped, meter.first_skipped) == (2, "a.csv, line 2: could not convert string to float: 'much'")


# -- clock changes ------------------------------------------------------------------------------------------------------------------


def test_a_time_that_the_clock_skipped_and_one_that_it_doubled_have_one_meaning_each(tmp_path):
    path = write_csv(
        tmp_path / "a.csv",
        BASKETS,
        "2017-03-12T02:30:00,1,1,5,1,0,0,1",  # does not exist in New York
        "2017-11-05T01:30:00,1,2,5,1,0,0,1",  # exists twice
    )
    assert [fact["occurred_at"] for fact in facts("complete-journey", path)] == ["2017-03-12T02:30:00-05:00", "2017-11-05T01:30:00-04:00"]


def test_facts_come_in_the_order_of_time_also_where_the_clock_changes(tmp_path):
    lines = ("2017-03-12T02:59:00,1,1,5,1,0,0,1", "2017-03-12T03:01:00,1,2,5,1,0,0,1")  # 07:59 UTC, then 07:01 UTC
    records = read("complete-journey", write_csv(tmp_path / "a.csv", BASKETS, *lines))
    assert times(records) == sorted(times(records))


# -- Complete Journey ---------------------------------------------------------------------------------------------------------------


def test_a_basket_is_a_purchase_with_its_discounts_and_who_the_household_is_comes_before(tmp_path):
    baskets = write_csv(tmp_path / "baskets.csv", BASKETS, "2017-01-01T12:26:30,1003,31,1.43,1,0.15,0.5,406")
    people = write_csv(tmp_path / "people.csv", PEOPLE, "1003,35-44,25-34K,")
    profiled, bought = facts("complete-journey", baskets, people)
    assert (profiled["type"], profiled["labels"]) == ("customer.profiled", {"age": "35-44", "income": "25-34K"})
    assert (bought["amount"], bought["discount"]) == (1.43, 0.65)


# -- Olist --------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def shop(tmp_path):
    orders = write_csv(
        tmp_path / "orders.csv",
        ORDERS,
        "o1,delivered,2018-01-01 10:00:00,2018-02-10 09:00:00,2018-01-20 00:00:00,s1,75.5,buyer1",
        "o2,canceled,2018-01-05 10:00:00,,2018-01-25 00:00:00,s1,20,buyer2",
        "o3,unavailable,2018-01-06 10:00:00,,2018-01-26 00:00:00,,30,buyer3",
    )
    reviews = write_csv(
        tmp_path / "reviews.csv",
        REVIEWS,
        '2018-01-30 08:00:00,r1,o1,1,2018-01-21 00:00:00,Atraso,"não chegou,\nainda"',
        "2018-02-01 08:00:00,r1,o3,5,2018-01-27 00:00:00,,",
    )
    return orders, reviews


def test_the_seller_is_the_account(shop):
    found = facts("olist", *shop)
    assert {fact["customer"].get("id") for fact in found} == {"s1", None}
    assert {tuple(fact["customer"]["aliases"]) for fact in found if "id" not in fact["customer"]} == {("order:o3",)}


def test_orders_deliveries_and_answers_come_in_the_order_of_time(shop):
    records = read("olist", *shop)
    assert times(records) == sorted(times(records))
    assert [fact["type"] for fact in facts("olist", *shop) if fact["object"] == "o1"] == [
        "purchase.made",
        "delivery.promised",
        "delivery.made",
    ]


def test_a_late_delivery_carries_what_was_promised(shop):
    late = next(fact for fact in facts("olist", *shop) if fact["type"] == "delivery.made")
    assert late["occurred_at"] == "2018-02-10T09:00:00-02:00"
    assert late["promised_for"] == "2018-01-20T00:00:00-02:00"


def test_an_order_counts_when_it_is_placed_whatever_becomes_of_it_later(shop):
    assert [fact["amount"] for fact in facts("olist", *shop) if fact["type"] == "purchase.made"] == [75.5, 20.0, 30.0]


def test_an_answer_has_stars_and_title_and_text_and_one_review_of_two_orders_is_two_answers(shop):
    first, second = [fact for fact in facts("olist", *shop) if fact["type"] == "survey.answered"]
    assert (first["score"]["raw"], first["score"]["normalised"], first["comment"]) == (1.0, 0.0, "Atraso. não chegou,\nainda")
    assert first["object"] != second["object"]
    assert "comment" not in second


def test_reviews_without_orders_are_refused_because_nobody_knows_whose_they_are(shop):
    with pytest.raises(UserError, match="olist needs its orders file"):
        read("olist", shop[1])


# -- what is no such file -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in {"online-retail", "jsonl"}])
def test_a_file_of_another_format_is_refused_with_what_it_lacks_and_what_it_seems_to_be(name, invoices):
    with pytest.raises(UserError, match=f"invoices.csv.gz is not {name}: it has no column .*; it looks like --format online-retail"):
        check(name, [invoices])


def test_csv_given_as_json_lines_is_refused_before_each_line_becomes_a_dead_letter(invoices, shop):
    with pytest.raises(UserError, match="is not jsonl; it looks like --format olist"):
        check("jsonl", [shop[0]])


def test_json_lines_given_as_csv_are_recognised(tmp_path):
    path = tmp_path / "facts.jsonl"
    path.write_text('{"type":"purchase.made","id":"1"}\n')
    with pytest.raises(UserError, match="it looks like --format jsonl"):
        check("incidents", [path])
    check("jsonl", [path])


def test_the_right_file_is_taken(invoices, shop):
    check("online-retail", [invoices])
    check("olist", shop)


def test_an_empty_file_is_called_empty(tmp_path):
    (tmp_path / "none.csv").touch()
    with pytest.raises(UserError, match="none.csv is empty"):
        check("olist", [tmp_path / "none.csv"])


@pytest.mark.parametrize("damage", [lambda raw: raw[:-30], lambda raw: raw[:20] + b"\xff" * 20 + raw[40:]])
def test_a_damaged_archive_is_told_in_a_sentence(tmp_path, invoices, damage):
    whole = gzip.compress(b"\n".join(gzip.decompress(invoices.read_bytes()).splitlines()[:1] + [b"x,%d" % n for n in range(5000)]))
    invoices.write_bytes(damage(whole))
    with pytest.raises(UserError, match=r"invoices.csv.gz cannot be read: "):
        read("online-retail", invoices)


def test_a_zone_that_does_not_exist_is_told_with_an_example():
    with pytest.raises(UserError, match="there is no time zone 'Europe/Atlantis'; one is called, for example, Europe/Berlin"):
        zone("Europe/Atlantis")
    assert datetime(2026, 1, 1, tzinfo=zone("UTC"))
