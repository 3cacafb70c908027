"""Flask with Pydantic; layers are decorators of views, which is Flask's own way to wrap one."""

import os
from functools import wraps
from typing import Annotated, Literal

from flask import Flask, request
from flask.json.provider import DefaultJSONProvider
from pydantic import BaseModel, EmailStr, Field, ValidationError


class PlainJSONProvider(DefaultJSONProvider):
    """Keeps the order of keys and ends without the newline that Flask adds."""

    sort_keys = False

    def response(self, *args, **kwargs):
        text = self.dumps(self._prepare_response_obj(args, kwargs), separators=(",", ":"))
        return self._app.response_class(text, mimetype=self.mimetype)


app = Flask(__name__)
app.json = PlainJSONProvider(app)


@app.get("/ping")
def ping():
    return {"message": "pong"}


@app.get("/users/<id>")
def user(id):
    return {"id": id, "page": request.args.get("page"), "q": request.args.get("q")}


class Order(BaseModel, strict=True):
    id: Annotated[int, Field(ge=1)]
    name: Annotated[str, Field(min_length=2, max_length=50)]
    email: EmailStr
    age: Annotated[int, Field(ge=18, le=120)]
    quantity: Annotated[int, Field(ge=1, le=1000)]
    price: Annotated[float, Field(gt=0)]
    currency: Literal["USD", "EUR", "CNY"]
    address: Annotated[str, Field(min_length=5)]
    phone: Annotated[str, Field(min_length=7, max_length=20)]
    active: bool


@app.post("/orders")
def create_order():
    try:
        return Order.model_validate(request.get_json()).model_dump()
    except ValidationError as error:
        return {"errors": error.errors(include_url=False, include_context=False)}, 400


def answer_ok(**_params):
    return {"ok": True}


def add_github_routes():
    with open(os.environ["GITHUB_ROUTES"], encoding="utf-8") as routes:
        for line in routes:
            method, path = line.split()
            segments = [f"<{part[1:]}>" if part.startswith(":") else part for part in path.split("/")]
            app.add_url_rule("/gh" + "/".join(segments), endpoint=line.strip(), view_func=answer_ok, methods=[method])


add_github_routes()

depth = 0


def layer(view):
    @wraps(view)
    def wrapped(**params):
        global depth
        depth += 1
        try:
            return view(**params)
        finally:
            depth -= 1

    return wrapped


@app.get("/mw")
@layer
@layer
@layer
@layer
@layer
def behind_layers():
    return {"message": "pong"}


catalogue = {
    "items": [
        {
            "id": id,
            "name": f"item number {id}",
            "price": id * 3 + 0.5,
            "tags": ["alpha", "beta"],
            "active": id % 2 == 1,
            "note": "some text here",
        }
        for id in range(100)
    ]
}


@app.get("/big")
def big():
    return catalogue
