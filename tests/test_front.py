"""Polls before Flask: who asks again is answered without a page, and of many that ask the same, one asks the database."""

from types import SimpleNamespace

import pytest
from flask import Flask

from models import Store
from tests.world import World
from webapp import clock, front
from webapp.assets import Assets


def poll(asked: front.Front, ticket: str, *, at_once: bool) -> int:
    answer = asked.answer("GET", "/desk/queue", f"pulse={ticket}", lambda: "", at_once=at_once)
    return answer.status if answer else 0


@pytest.fixture
def ticket(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(front, "time", SimpleNamespace(time=clock.now))
    return front.pulse("store", world.bath.id, world.fresh(world.bath).queue_version, clock.now())


def changes(store: Store) -> None:
    Store.update(queue_version=Store.queue_version + 1).where(Store.id == store.id).execute()


@pytest.mark.parametrize("at_once", [True, False])
def test_a_poll_holds_until_something_changes(app: Flask, world: World, ticket: str, at_once: bool) -> None:
    near = front.Front(app.wsgi_app, Assets(), near=True)
    assert poll(near, ticket, at_once=at_once) == 204
    changes(world.bath)
    assert poll(front.Front(app.wsgi_app, Assets(), near=True), ticket, at_once=at_once) == 0


def test_a_poll_right_after_another_hears_what_changed_in_between(app: Flask, world: World, ticket: str) -> None:
    """Two tablets show the same; the second was woken by the change itself and asks this once."""
    shop, later = front.Front(app.wsgi_app, Assets(), near=True), clock.now() + 1
    other = front.pulse("store", world.bath.id, world.fresh(world.bath).queue_version, later)
    assert poll(shop, ticket, at_once=True) == 204
    changes(world.bath)
    assert poll(shop, other, at_once=True) == 0


def test_a_database_elsewhere_is_not_asked_where_requests_arrive(app: Flask, world: World, ticket: str) -> None:
    far = front.Front(app.wsgi_app, Assets(), near=False)
    assert poll(far, ticket, at_once=True) == 0
    assert poll(far, ticket, at_once=False) == 204


def test_a_forged_ticket_holds_nothing(app: Flask, ticket: str) -> None:
    shop = front.Front(app.wsgi_app, Assets(), near=True)
    assert poll(shop, ticket, at_once=True) == 204
    assert poll(shop, f"{ticket[:-2]}xx", at_once=True) == 0
    assert poll(shop, "%zz", at_once=True) == 0
