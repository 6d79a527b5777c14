"""The till: a purchase gives points once, whatever the network does; every no is a problem that says why."""

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from models import ApiCall, LedgerLine, Member, Purchase
from tests.world import World
from webapp import check, clock
from webapp.api import calls
from webapp.members import codes
from webapp.points import purchases
from webapp.stores import tills

_key = count(1)


class Till:
    """A till with its key. `post` makes up an Idempotency-Key unless the test gives one."""

    def __init__(self, app: Flask, secret: str) -> None:
        self.app, self.client, self.secret = app, app.test_client(), secret

    def post(self, path: str, body: Any, key: str | None = None, **headers: str) -> Any:
        given = {"Authorization": f"Bearer {self.secret}", "Idempotency-Key": key or f"k{next(_key)}"} | headers
        data = body if isinstance(body, (bytes, str)) else json.dumps(body)
        return self.client.post(f"/api/v1{path}", data=data, content_type="application/json", headers=given)

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {self.secret}"})


@pytest.fixture
def till(app: Flask, world: World) -> Till:
    return Till(app, tills.make(world.bath, "till 1", None, world.at)[1])


@pytest.fixture
def other_till(app: Flask, world: World) -> Till:
    return Till(app, tills.make(world.laundry, "till", None, world.at)[1])


def is_problem(answer: Any, status: int, code: str) -> bool:
    body = answer.get_json()
    assert answer.status_code == status == body["status"], body
    assert answer.content_type == "application/problem+json"
    assert body["type"] == f"urn:huitou:{code}"
    assert body["detail"]
    return True


def test_a_bill_by_phone_number_gives_points_and_says_the_balance(till: Till, world: World) -> None:
    answer = till.post("/purchases", {"amount": 4860, "receipt": "A-17", "member": {"phone": "138 0000 0001"}})
    assert answer.status_code == 201
    assert answer.get_json() == {
        "id": Purchase.get().code,
        "amount": 4860,
        "refunded": 0,
        "points": 48,
        "at": world.at,
        "receipt": "A-17",
        "balance": 1328,
    }


def test_a_member_is_known_by_code_digits_or_pass(till: Till, world: World) -> None:
    said = {
        "code": world.mei.code.lower(),
        "digits": codes.digits(world.mei, world.at)[0],
        "pass": codes.text(world.mei, world.at),
    }
    answers = [till.post("/purchases", {"amount": 1000, "member": {way: value}}) for way, value in said.items()]
    assert [answer.get_json()["balance"] for answer in answers] == [1290, 1300, 1310]


def test_a_bill_without_a_member_can_be_claimed_by_its_address(till: Till, world: World) -> None:
    body = till.post("/purchases", {"amount": 5000}).get_json()
    assert "balance" not in body
    token = body["claim_url"].rpartition("/claim/")[2]
    assert purchases.behind(token).code == body["id"]
    purchases.claim(body["id"], world.xin, world.at)
    assert till.get(f"/purchases/{body['id']}").get_json() == {
        "id": body["id"], "amount": 5000, "refunded": 0, "points": 50, "at": world.at, "balance": 50,
    }  # fmt: skip


def test_the_same_call_again_gets_the_same_answer_and_gives_nothing(till: Till, world: World) -> None:
    bill = {"amount": 4860, "member": {"code": world.xin.code}}
    first, again = till.post("/purchases", bill, key="one"), till.post("/purchases", bill, key="one")
    assert again.data == first.data
    assert again.status_code == 201
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert Member.get_by_id(world.xin.id).points == 48


def test_the_same_key_with_another_body_is_refused(till: Till, world: World) -> None:
    till.post("/purchases", {"amount": 4860}, key="one")
    assert is_problem(till.post("/purchases", {"amount": 4861}, key="one"), 422, "idempotency_key_reused")
    assert Purchase.select().count() == 1


def test_two_stores_may_use_the_same_key(till: Till, other_till: Till) -> None:
    assert till.post("/purchases", {"amount": 100}, key="one").status_code == 201
    assert other_till.post("/purchases", {"amount": 200}, key="one").status_code == 201


def test_a_refused_call_is_not_remembered(till: Till, world: World) -> None:
    wrong = {"amount": 4860, "member": {"phone": "13900000000"}}
    assert is_problem(till.post("/purchases", wrong, key="one"), 422, "no_such_member")
    assert ApiCall.select().count() == 0
    assert till.post("/purchases", {"amount": 4860}, key="one").status_code == 201


def test_after_seven_days_the_bill_itself_still_knows_its_key(till: Till, world: World) -> None:
    bill = {"amount": 4860, "member": {"code": world.xin.code}}
    first = till.post("/purchases", bill, key="one").get_json()
    assert calls.forget(world.at + 8 * clock.DAY) == 1
    assert till.post("/purchases", bill, key="one").get_json() == first
    assert Member.get_by_id(world.xin.id).points == 48


def test_twelve_tills_that_send_one_call_at_once_record_one_bill(till: Till, world: World) -> None:
    def call(_: int) -> tuple[int, bytes]:
        own = Till(till.app, till.secret)
        answer = own.post("/purchases", {"amount": 4860, "member": {"code": world.xin.code}}, key="one")
        return answer.status_code, answer.data

    with ThreadPoolExecutor(12) as crowd:
        answers = set(crowd.map(call, range(12)))
    assert len(answers) == 1
    assert answers.pop()[0] == 201
    assert Purchase.select().count() == LedgerLine.select().where(LedgerLine.member == world.xin.id).count() == 1
    assert check.run() == []


def test_a_refund_takes_back_its_points_once(till: Till, world: World) -> None:
    bill = till.post("/purchases", {"amount": 10000, "member": {"code": world.xin.code}}).get_json()
    first = till.post(f"/purchases/{bill['id']}/refunds", {"amount": 4000}, key="back")
    assert first.status_code == 201
    assert (first.get_json()["refunded"], first.get_json()["points"], first.get_json()["balance"]) == (4000, 60, 60)
    assert till.post(f"/purchases/{bill['id']}/refunds", {"amount": 4000}, key="back").data == first.data
    assert Member.get_by_id(world.xin.id).points == 60


def test_more_than_the_bill_cannot_be_refunded(till: Till) -> None:
    bill = till.post("/purchases", {"amount": 10000}).get_json()
    answer = till.post(f"/purchases/{bill['id']}/refunds", {"amount": 10001})
    assert is_problem(answer, 422, "refund_too_large")
    assert answer.get_json()["field"] == "amount"


def test_a_bill_of_another_store_is_not_there(till: Till, other_till: Till) -> None:
    bill = till.post("/purchases", {"amount": 10000}).get_json()
    assert is_problem(other_till.get(f"/purchases/{bill['id']}"), 404, "no_such_bill")
    assert is_problem(other_till.post(f"/purchases/{bill['id']}/refunds", {"amount": 1}), 404, "no_such_bill")


def test_without_a_key_the_door_stays_shut(app: Flask, world: World) -> None:
    for given in ("", "Bearer", "Bearer ht_wrong", "Basic aGk6aGk=", "Bearer 回头".encode().decode("latin-1")):
        answer = app.test_client().post("/api/v1/purchases", json={"amount": 1}, headers={"Authorization": given})
        assert is_problem(answer, 401, "unauthorized")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_key_ends_at_once(till: Till, world: World) -> None:
    key = tills.of_store(world.bath)[0]
    assert till.post("/purchases", {"amount": 1}).status_code == 201
    tills.revoke(world.bath, key.id, world.lin, world.at)
    assert is_problem(till.post("/purchases", {"amount": 1}), 401, "unauthorized")


def test_a_write_needs_an_idempotency_key(till: Till) -> None:
    for key in ("", " ", "x" * 256, "线".encode().decode("latin-1")):
        headers = {"Authorization": f"Bearer {till.secret}", "Idempotency-Key": key}
        answer = till.client.post("/api/v1/purchases", json={"amount": 1}, headers=headers)
        assert is_problem(answer, 400, "idempotency_key_missing")


WRONG: list[tuple[Any, str | None]] = [
    ({}, None),
    ({"amount": 0}, "amount"),
    ({"amount": -4860}, "amount"),
    ({"amount": 48.6}, "amount"),
    ({"amount": "4860"}, "amount"),
    ({"amount": 10**10}, "amount"),
    ({"amount": True}, "amount"),
    ({"amount": 1, "receipt": "x" * 61}, "receipt"),
    ({"amount": 1, "receipt": "a\x00b"}, "receipt"),
    ({"amount": 1, "color": "red"}, None),
    ({"amount": 1, "member": {"digits": "12345"}}, "member.digits"),
    ({"amount": 1, "member": "13800000001"}, "member"),
    ([], None),
    (None, None),
]


def test_a_body_out_of_bounds_is_refused_by_field(till: Till) -> None:
    for body, field in WRONG:
        answer = till.post("/purchases", body)
        assert is_problem(answer, 422, "invalid_body")
        assert answer.get_json().get("field") == field
    assert Purchase.select().count() == ApiCall.select().count() == 0


def test_what_is_not_json_is_a_bad_request(till: Till) -> None:
    for body in ("", "{", '{"amount": 1', b"\xff\xfe", '{"amount": NaN}', b'{"amount": 1, "receipt": "\xff"}'):
        assert is_problem(till.post("/purchases", body), 400, "invalid_json")


def test_a_bill_above_the_shops_limit_is_refused_in_words(till: Till) -> None:
    answer = till.post("/purchases", {"amount": 5_000_001}, **{"Accept-Language": "zh-CN"})
    assert is_problem(answer, 422, "amount_too_large")
    assert "¥50" in answer.get_json()["detail"]


def test_a_member_is_named_in_one_way(till: Till) -> None:
    for who in ({}, {"code": "ABCDEFGHJK", "phone": "13800000001"}):
        assert is_problem(till.post("/purchases", {"amount": 1, "member": who}), 422, "member_unclear")


def test_a_form_a_huge_body_and_a_wrong_method_get_problems_too(till: Till) -> None:
    headers = {"Authorization": f"Bearer {till.secret}", "Idempotency-Key": "x"}
    form = till.client.post("/api/v1/purchases", data={"amount": "1"}, headers=headers)
    assert is_problem(form, 415, "unsupported_media_type")
    huge = till.post("/purchases", {"amount": 1, "receipt": "x" * 70_000})
    assert huge.status_code == 413
    assert huge.content_type == "application/problem+json"
    assert is_problem(till.client.delete("/api/v1/purchases", headers=headers), 405, "method_not_allowed")
    assert is_problem(till.get("/nothing"), 404, "not_found")


def test_a_till_needs_no_word_about_where_it_comes_from(till: Till) -> None:
    answer = till.post(
        "/purchases", {"amount": 1}, **{"Sec-Fetch-Site": "cross-site", "Origin": "https://till.example"}
    )
    assert answer.status_code == 201


def test_the_document_is_valid_and_names_what_is_served(visitor: FlaskClient, app: Flask) -> None:
    answer = visitor.get("/api/v1/openapi.json")
    document = answer.get_json()
    validate(document)
    assert document["openapi"].startswith("3.1")
    served = {
        str(rule).removeprefix("/api/v1").replace("<id>", "{id}")
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
    }
    assert served - {"/openapi.json"} == set(document["paths"])
    assert document["components"]["schemas"]["NewPurchase"]["additionalProperties"] is False
