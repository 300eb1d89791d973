"""A program that speaks JSON with the API, signed in as somebody.

api = Api(factories.officer(dong_mai))
answer = api.post("/api/households/", {...})
assert answer.status_code == 201
"""

import json

from django.test import Client


class Api:
    def __init__(self, user=None, *, token: str = ""):
        self.client = Client()
        self.headers = {"authorization": f"Token {token}"} if token else {}
        if user is not None and not token:
            self.client.force_login(user)

    def get(self, path, **query):
        return self.client.get(path, query, headers=self.headers)

    def post(self, path, body=None, **kwargs):
        return self.send("POST", path, body, **kwargs)

    def put(self, path, body):
        return self.send("PUT", path, body)

    def patch(self, path, body):
        return self.send("PATCH", path, body)

    def send(self, method, path, body=None, *, content_type="application/json", **kwargs):
        """`body` as JSON; bytes go as they are."""
        data = body if isinstance(body, bytes) else json.dumps({} if body is None else body)
        return self.client.generic(method, path, data, content_type, headers=self.headers, **kwargs)

    def rows(self, path, **query):
        """The rows of a list."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.content
        return answer.json()["results"]
