"""One place that turns a no into an answer: a form shown again, a page in plain words, a fragment for htmx, or a problem for the till."""

import json
from typing import Any

import structlog
from flask import Flask, Response, g, make_response, redirect, request, url_for
from flask_babel import gettext
from peewee import DataError
from werkzeug.exceptions import HTTPException

from webapp import access, clock, filters, hx, storage
from webapp.refusals import Refusal, SignInFirst, TooMany

log = structlog.get_logger()


def init(app: Flask) -> None:
    app.register_error_handler(Refusal, refused)
    app.register_error_handler(HTTPException, went_wrong)
    for gone in (*storage.GONE, TimeoutError):
        app.register_error_handler(gone, database_gone)
    for wrong in (OverflowError, DataError, ValueError):
        app.register_error_handler(wrong, impossible)
    app.register_error_handler(Exception, broken)


def say(refusal: Refusal) -> str:
    """The refusal in the reader's language, its numbers and names filled in."""
    values = {name: filters.spoken(value, name) for name, value in refusal.params.items()}
    return filters.singular(str(gettext(refusal.text, **values)))


def refused(refusal: Refusal) -> Response:
    log.info("refused", code=refusal.code, path=request.path, status=refusal.status)
    if request.path.startswith("/api/"):
        return problem(refusal.status, refusal.code, say(refusal), refusal)
    if isinstance(refusal, SignInFirst):
        return _to_sign_in(refusal)
    if "form_page" in g and refusal.status in (422, 429):
        return _form_again(refusal)
    if hx.asked():
        return _retry(make_response(hx.render("errors/_refusal.html", text=say(refusal)), refusal.status), refusal)
    return _retry(_page(refusal.status, text=say(refusal), until=getattr(refusal, "until", None)), refusal)


def problem(status: int, code: str, detail: str, refusal: Refusal | None = None) -> Response:
    """RFC 9457 for the till: `type` is stable, `detail` is for people."""
    body: dict[str, Any] = {"type": f"urn:huitou:{code}", "title": code, "status": status, "detail": detail}
    if refusal and refusal.field:
        body["field"] = refusal.field
    if times := getattr(refusal, "nearest", None):
        body["nearest"] = [start.at for start in times]
    response = make_response(json.dumps(body, ensure_ascii=False), status)
    response.headers["Content-Type"] = "application/problem+json"
    return _retry(response, refusal)


def went_wrong(error: HTTPException) -> Response:
    """404, 405, 413 and their kin, said in words."""
    status = error.code or 500
    if status in (301, 302, 303, 307, 308):
        return make_response(error.get_response())
    if request.path.startswith("/api/"):
        response = problem(status, (error.name or "error").lower().replace(" ", "_"), error.description or "")
    else:
        response = _page(status, text=gettext("传来的东西太大了") if status == 413 else "")
    if allowed := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def database_gone(error: Exception) -> Response:
    """The database does not answer, or has no room: say so at once, forget the connection, be healthy again when it is back."""
    log.error("database gone", error=type(error).__name__, detail=str(error)[:200], path=request.path)
    storage.reconnect()
    access.forget()  # the page that says so must not ask the database again
    status = 507 if storage.is_full(error) else 503
    text = gettext("正忙，几秒后再试。刚才那一步没有丢，也不会做两次。")
    if status == 507:
        text = gettext("店里电脑的硬盘满了，现在只能看、不能改。什么都没有丢，请告诉店员。")
    if request.path.startswith("/api/"):
        code = "disk_full" if status == 507 else "unavailable"
        response = problem(status, code, gettext("系统暂时连不上，请稍后再试") if status == 503 else text)
    else:
        response = hx.stay(text, status) if hx.asked() else _page(status, text=text)
    response.headers["Retry-After"] = "60" if status == 507 else "5"
    return response


def impossible(error: Exception) -> Response:
    """A value that no column can hold (a number with forty digits, a NUL) and that no form has caught: a no like any other."""
    if isinstance(error, ValueError) and "NUL" not in str(error) and not isinstance(error, UnicodeError):
        return broken(error)
    log.warning("impossible value", path=request.path, error=type(error).__name__, detail=str(error)[:200])
    return refused(Refusal("请检查填写的内容", code="impossible"))


def broken(error: Exception) -> Response:
    log.error("broken", path=request.path, error=type(error).__name__, exc_info=error)
    if request.path.startswith("/api/"):
        return problem(500, "broken", gettext("系统出错了，我们已经记下来"))
    return hx.stay(gettext("系统出错了，我们已经记下来"), 500) if hx.asked() else _page(500)


def _page(status: int, **context: Any) -> Response:
    """A page of its own for this status; those without one borrow the nearest."""
    near = {413: 422, 507: 503}.get(status, status)
    known = near if near in (403, 404, 422, 429, 503) else 500 if near >= 500 else 404
    return make_response(hx.render(f"errors/{known}.html", **context), status)


def _to_sign_in(refusal: SignInFirst) -> Response:
    target = {"desk": "staff_desk.sign_in", "pin": "staff_desk.who"}.get(refusal.door, "members.sign_in")
    whole = request.method == "GET" and not hx.asked()
    here = request.full_path.rstrip("?") if whole else g.get("come_back") or hx.current_path()
    address = url_for(target, next=here) if here else url_for(target)
    if request.headers.get("HX-Request") == "true":
        return hx.go(address)
    return make_response(redirect(address, 303))


def _form_again(refusal: Refusal) -> Response:
    full, part, form, context, later = g.form_page
    form = getattr(form, "whole", form)
    if refusal.code != "invalid":
        field = form._fields.get(refusal.field) if refusal.field else None
        if field is not None:
            field.errors = [*field.errors, say(refusal)]
        else:
            form.form_errors.append(say(refusal))
    more = later() if later else {}
    text = hx.render(part if part and hx.asked() else full, form=form, refusal=refusal, **context, **more)
    response = make_response(text, refusal.status)
    return _retry(response, refusal)


def _retry(response: Response, refusal: Refusal | None) -> Response:
    if isinstance(refusal, TooMany):
        response.headers["Retry-After"] = str(max(1, refusal.until - clock.now()))
    return response
