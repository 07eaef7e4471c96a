# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list of notes: POST adds a line, GET shows all, each with its number."""

from __future__ import annotations

import os
import signal
import sys

from flask import Flask, Response, render_template_string, request
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, select
from sqlalchemy.pool import StaticPool

PAGE = "{{ greeting }}\n{% for number, text in notes %}{{ number }} {{ text }}\n{% endfor %}"

# One connection, as the database is in memory and ends with it.
engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
tables = MetaData()
notes = Table("notes", tables, Column("number", Integer, primary_key=True), Column("text", String))
tables.create_all(engine)
app = Flask(__name__)


def show() -> Response:
    with engine.connect() as connection:
        found = connection.execute(select(notes.c.number, notes.c.text)).all()
    text = render_template_string(PAGE, greeting=os.environ.get("GREETING", "notes"), notes=found)
    return Response(text, mimetype="text/plain")


def add() -> tuple[str, int]:
    with engine.begin() as connection:
        connection.execute(notes.insert().values(text=request.get_data(as_text=True)))
    return "", 201


app.add_url_rule("/", view_func=show)
app.add_url_rule("/", view_func=add, methods=["POST"])

if __name__ == "__main__":
    # The first process of a container dies of no signal that it does not handle.
    signal.signal(signal.SIGTERM, lambda *_arguments: sys.exit(0))
    app.run("0.0.0.0", 8080)
