"""/readyz says what is not well; /metrics counts, for those who may read."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from models import JobRun
from tests.world import World
from webapp import clock, config, create_app, storage, worker


@pytest.fixture
def worked(world: World, settings: config.Settings) -> None:
    for job in worker.jobs():
        assert worker.attempt(job, settings, world.at)


def test_all_is_well_when_every_job_ran(visitor: FlaskClient, worked: None) -> None:
    answer = visitor.get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json()["ready"] is True
    assert answer.get_json()["jobs"]["lapse_holds"]["age"] == 0


def test_a_worker_that_never_ran_is_named(visitor: FlaskClient) -> None:
    answer = visitor.get("/readyz")
    assert answer.status_code == 503
    assert "job lapse_holds: never ran" in answer.get_json()["not_ready"]


def test_a_worker_that_stopped_is_named_with_its_age(
    visitor: FlaskClient, worked: None, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: at + 301)
    answer = visitor.get("/readyz").get_json()
    assert answer["jobs"]["post_letters"]["age"] == 301
    assert "job post_letters: late" in answer["not_ready"]
    assert not [text for text in answer["not_ready"] if "prove" in text]


def test_a_job_that_failed_says_why(visitor: FlaskClient, worked: None) -> None:
    JobRun.update(error="AssertionError: broken").where(JobRun.name == "prove").execute()
    answer = visitor.get("/readyz").get_json()
    assert answer["not_ready"] == ["job prove: failed"]
    assert answer["jobs"]["prove"]["error"] == "AssertionError: broken"


def test_a_database_that_is_gone_is_said_at_once(settings: config.Settings) -> None:
    gone = replace(settings, database_url="postgresql://nobody@127.0.0.1:1/nothing")
    answer = create_app(gone).test_client().get("/readyz")
    storage.open_database(settings)
    assert answer.status_code == 503
    assert answer.get_json()["not_ready"] == ["database"]


def test_before_the_shop_is_set_up_it_answers_too(app: Flask, settings: config.Settings) -> None:
    for job in worker.jobs():
        worker.attempt(job, settings, clock.now())
    assert app.test_client().get("/readyz").status_code == 200


def test_requests_and_the_shops_state_are_counted(visitor: FlaskClient, worked: None) -> None:
    visitor.get("/readyz")
    text = visitor.get("/metrics").get_data(as_text=True)
    assert 'huitou_requests_total{endpoint="readyz",status="200"}' in text
    assert 'huitou_request_seconds_count{endpoint="readyz"}' in text
    assert "huitou_ready 1.0" in text
    assert "huitou_holds_running 0.0" in text
    assert 'huitou_job_age_seconds{job="prove"}' in text


def test_figures_are_for_this_machine_or_with_the_key(app: Flask, world: World) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], metrics_key="sesame")
    client = app.test_client()
    far = {"REMOTE_ADDR": "203.0.113.9"}
    assert client.get("/metrics", environ_base=far).status_code == 404
    assert client.get("/metrics?key=wrong", environ_base=far).status_code == 404
    assert client.get("/metrics?key=sesame", environ_base=far).status_code == 200
    assert client.get("/metrics", environ_base=far, headers={"Authorization": "Bearer sesame"}).status_code == 200
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 404
