"""What schemathesis asks of every world beside its own checks, and who it is."""

import os

import requests
import schemathesis

LOGIN = os.environ.get("BACKLAB_LOGIN")

if LOGIN:

    @schemathesis.auth()
    class Login:
        """Logs in as a user of the world: with what it gets, a token or cookies, it asks."""

        def get(self, case, context):
            url, body = LOGIN.split(" ", 1)
            answer = requests.post(url, data=body, headers={"Content-Type": "application/json"}, timeout=10)
            answer.raise_for_status()
            if answer.content:
                return "Authorization", f"Bearer {answer.json()['access_token']}"
            # Secure cookies, which a client keeps to itself here: the world is served without TLS.
            return "Cookie", answer.headers["Set-Cookie"].split(";")[0]

        def set(self, case, data, context):
            name, value = data
            case.headers = {**(case.headers or {}), name: value}


@schemathesis.check
def valid_data_is_taken(ctx, response, case):
    """A request that is valid by the contract is not refused for its form.

    schemathesis' own `positive_data_acceptance` wants more: no 422 at all. But no contract can say
    which rows there are, and a reference to one that is not there is 422 too. Refused for its form
    is what is answered with 400, or with 422 and the list of members that break a rule.
    """
    meta = case.meta
    if meta is None or not meta.generation.mode.is_positive:
        return
    # 280.0 is a whole number of JSON Schema, and in a URL it is another text than 280.
    in_url = [*(case.path_parameters or {}).values(), *(case.query or {}).values()]
    if any(isinstance(value, float) and value.is_integer() for value in in_url):
        return
    # A cursor is given out by the list; nothing else can make one.
    if '"parameter":"after"' in response.text:
        return
    is_form = response.status_code == 422 and '"errors"' in response.text
    if response.status_code == 400 or is_form:
        raise AssertionError(f"valid data was refused: {response.text}")
