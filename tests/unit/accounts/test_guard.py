"""Who passes: cookie, roles, origin, CSRF token, API key; requests and WebSockets."""

from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI, WebSocket

from unit.accounts.people import API_KEY, URL, Browser, add
from warmline.accounts.accounts import Accounts
from warmline.accounts.guard import CSRF_HEADER, Guard, GuardSettings
from warmline.accounts.router import accounts_router
from warmline.accounts.user import PROGRAM, User
from warmline.errors import ConfigError
from warmline.records import StoreError

EVIL = "https://evil.example"


def application(accounts: Accounts, guard: Guard) -> FastAPI:
    """Routes as another room has them."""
    app = FastAPI()
    app.include_router(accounts_router(accounts, guard))

    @app.get("/desk")
    @app.post("/desk")
    async def desk(user: Annotated[User, Depends(guard.needs("agent", "supervisor"))]) -> str:
        return user.login

    @app.get("/all")
    async def everybody(user: Annotated[User, Depends(guard.needs())]) -> str:
        return user.login

    @app.get("/record")
    @app.post("/record")
    async def record(
        user: Annotated[User, Depends(guard.needs("supervisor", program=True))],
    ) -> list[str]:
        return sorted(user.roles)

    @app.websocket("/live")
    async def live(socket: WebSocket) -> None:
        if session := await guard.websocket(socket):
            await socket.accept()
            await socket.send_json([session.user.login, session.session_id])
            await socket.close()

    return app


@pytest.fixture
def app(accounts: Accounts, guard: Guard) -> FastAPI:
    return application(accounts, guard)


@pytest.fixture
async def anna(accounts: Accounts, browser: Browser) -> Browser:
    await add(accounts, "anna", "agent")
    assert (await browser.sign_in("anna")).status_code == 200
    return browser


async def test_who_passes(anna: Browser) -> None:
    assert (await anna.ask("GET", "/desk")).json() == "anna"
    assert (await anna.ask("POST", "/desk")).json() == "anna"
    assert (await anna.ask("GET", "/all")).json() == "anna"
    assert (await anna.ask("GET", "/record")).status_code == 403
    anna.http.cookies.clear()
    for path in ("/desk", "/all", "/record"):
        assert (await anna.ask("GET", path)).status_code == 401


HEADERS: list[tuple[dict[str, str], int]] = [
    ({}, 200),
    ({"Sec-Fetch-Site": ""}, 200),  # an old browser
    ({"Origin": ""}, 200),
    ({"Origin": URL.upper()}, 200),
    ({"Origin": "", "Sec-Fetch-Site": ""}, 403),
    ({"Sec-Fetch-Site": "cross-site", "Origin": EVIL}, 403),
    ({"Sec-Fetch-Site": "", "Origin": EVIL}, 403),
    ({"Origin": EVIL}, 403),
    ({"Origin": "null", "Sec-Fetch-Site": ""}, 403),
    ({"Origin": "http://voice.example.com", "Sec-Fetch-Site": ""}, 403),  # in the clear
    ({"Origin": f"{URL}:8443", "Sec-Fetch-Site": ""}, 403),
    ({"Origin": f"{URL}.evil.example", "Sec-Fetch-Site": ""}, 403),
    ({"Sec-Fetch-Site": "same-site"}, 403),  # a neighbour's host
    ({"Sec-Fetch-Site": "none"}, 403),
    ({CSRF_HEADER: ""}, 403),
    ({CSRF_HEADER: "x" * 43}, 403),
    ({CSRF_HEADER: "\u00e4".encode().decode("latin-1")}, 403),
]


@pytest.mark.parametrize(("headers", "status"), HEADERS)
async def test_what_changes_something_must_come_from_our_page(
    anna: Browser, headers: dict[str, str], status: int
) -> None:
    assert (await anna.ask("POST", "/desk", headers=headers)).status_code == status
    assert (await anna.ask("GET", "/desk", headers=headers)).status_code == 200


@pytest.mark.parametrize("path", ["/api/session", "/api/setup", "/api/setup/look"])
async def test_nobody_is_signed_in_by_a_foreign_page(browser: Browser, path: str) -> None:
    body = {"login": "mallory", "password": "x", "token": "x"}
    browser.origin, browser.site = EVIL, "cross-site"
    answer = await browser.ask("POST", path, body)
    assert answer.status_code in (403, 422) and "set-cookie" not in answer.headers


async def test_the_token_of_another_session_does_not_do(
    accounts: Accounts, anna: Browser, app: FastAPI
) -> None:
    await add(accounts, "mallory", "agent")
    mallory = Browser(app)
    await mallory.sign_in("mallory")
    headers = {CSRF_HEADER: mallory.csrf}
    assert (await anna.ask("POST", "/desk", headers=headers)).status_code == 403
    await mallory.http.aclose()


# --- programs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "key", "status"),
    [
        ("/record", f"Bearer {API_KEY}", 200),
        ("/record", f"bearer   {API_KEY} ", 200),
        ("/record", f"Bearer {API_KEY}x", 401),
        ("/record", "Bearer ", 401),
        ("/record", "Bearer \u00e4".encode().decode("latin-1"), 401),
        ("/desk", f"Bearer {API_KEY}", 403),
    ],
)
async def test_the_api_key(app: FastAPI, path: str, key: str, status: int) -> None:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=URL) as program:
        for method in ("GET", "POST"):
            answer = await program.request(
                method, path, headers={b"Authorization": key.encode("latin-1")}
            )
            assert answer.status_code == status
            if status == 200:
                assert answer.json() == [PROGRAM]


async def test_without_an_api_key_no_program_passes(accounts: Accounts) -> None:
    transport = httpx.ASGITransport(application(accounts, Guard(accounts)))
    async with httpx.AsyncClient(transport=transport, base_url=URL) as program:
        for key in ("", "None", API_KEY):
            answer = await program.get("/record", headers={"Authorization": f"Bearer {key}"})
            assert answer.status_code == 401


def test_a_short_api_key() -> None:
    with pytest.raises(ConfigError, match=r"accounts\.api_key"):
        GuardSettings(api_key="short")
    assert API_KEY not in repr(GuardSettings(api_key=API_KEY))


# --- cookies --------------------------------------------------------------------------------------

WAYS: list[tuple[bool | None, str, str]] = [
    (None, "https://voice.example.com", "__Host-warmline secure"),
    (None, "http://localhost:8080", "warmline"),
    (None, "http://127.0.0.1:8080", "warmline"),
    (None, "http://127.9.9.9", "warmline"),
    (None, "http://[::1]:8080", "warmline"),
    (None, "http://voice.example.com", "refused"),
    (None, "http://192.168.0.7:8080", "refused"),
    (None, "http://localhost.example.com", "refused"),
    (False, "http://192.168.0.7:8080", "warmline"),
    (False, "https://voice.example.com", "__Host-warmline secure"),
    (True, "http://voice.example.com", "__Host-warmline secure"),  # a proxy makes it https
]


@pytest.mark.parametrize(("secure", "url", "cookie"), WAYS)
async def test_which_cookie_goes_which_way(
    accounts: Accounts, secure: bool | None, url: str, cookie: str
) -> None:
    app = application(accounts, Guard(accounts, GuardSettings(secure=secure)))
    await add(accounts, "anna", "agent")
    browser = Browser(app, url)
    if secure:
        browser.origin = url.replace("http:", "https:")
    answer = await browser.sign_in("anna")
    await browser.http.aclose()
    if cookie == "refused":
        assert answer.status_code == 403 and "https" in answer.json()["detail"]
        assert "set-cookie" not in answer.headers
        return
    name, value, *attributes = answer.headers["set-cookie"].replace("=", "; ", 1).split("; ")
    assert name == cookie.split()[0] and len(value) >= 43
    expected = {"HttpOnly", "Path=/", "SameSite=strict"} | (
        {"Secure"} if "secure" in cookie else set()
    )
    assert set(attributes) == expected


@pytest.mark.parametrize("host", ["[", "a:b:c", "[::1", "local\x7fhost", "@localhost", "::1"])
async def test_hosts_that_are_none(accounts: Accounts, host: str) -> None:
    app = application(accounts, Guard(accounts))
    browser = Browser(app, "http://localhost")
    answer = await browser.ask(
        "POST", "/api/session", {"login": "a", "password": "b"}, headers={"Host": host}
    )
    assert answer.status_code == 403
    await browser.http.aclose()


async def test_a_cookie_of_the_clear_does_not_pass_where_it_is_https(
    accounts: Accounts, browser: Browser
) -> None:
    """Whoever can write cookies for a neighbour's host cannot write this one."""
    user = await add(accounts, "anna", "agent")
    token = (await accounts.sign_in(user.login, "correct horse battery", "")).token
    browser.http.cookies.set("warmline", token)
    assert (await browser.ask("GET", "/all")).status_code == 401
    browser.http.cookies.set("__Host-warmline", token)
    assert (await browser.ask("GET", "/all")).status_code == 200


async def test_our_own_origins_behind_a_proxy_that_changes_the_host(accounts: Accounts) -> None:
    settings = GuardSettings(secure=True, origins=("https://Voice.example.com/",))
    app = application(accounts, Guard(accounts, settings))
    await add(accounts, "anna", "agent")
    browser = Browser(app, "http://10.0.0.7:8080")
    browser.origin = "https://voice.example.com"
    assert (await browser.sign_in("anna")).status_code == 200
    browser.origin = EVIL
    assert (await browser.sign_in("anna")).status_code == 403
    await browser.http.aclose()


# --- WebSockets -----------------------------------------------------------------------------------


SOCKETS: list[tuple[dict[str, str], bool]] = [
    ({"Origin": URL}, True),
    ({"Origin": URL, "Sec-Fetch-Site": "same-origin"}, True),
    ({}, False),
    ({"Sec-Fetch-Site": "same-origin"}, False),
    ({"Origin": EVIL}, False),
    ({"Origin": "null"}, False),
    ({"Origin": URL.replace("https", "http")}, False),
    ({"Origin": URL, "Sec-Fetch-Site": "cross-site"}, False),
]


class Scope:
    """A handshake as a server hands it over."""

    def __init__(self, headers: dict[str, str]) -> None:
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self.scope = {
            "type": "websocket",
            "scheme": "wss",
            "path": "/live",
            "query_string": b"",
            "subprotocols": [],
            "headers": [(b"host", b"voice.example.com"), *raw],
        }
        self.sent = list[dict[str, Any]]()

    async def receive(self) -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)


@pytest.mark.parametrize(("headers", "passes"), SOCKETS)
async def test_who_opens_a_socket(
    anna: Browser, app: FastAPI, headers: dict[str, str], passes: bool
) -> None:
    token = anna.http.cookies["__Host-warmline"]
    for cookie, known in ((f"__Host-warmline={token}", True), ("__Host-warmline=x", False)):
        opening = Scope(headers | {"Cookie": cookie})
        await app(opening.scope, opening.receive, opening.send)
        first = opening.sent[0]["type"]
        assert first == ("websocket.accept" if passes and known else "websocket.close")
    opening = Scope(headers)
    await app(opening.scope, opening.receive, opening.send)
    assert opening.sent[0]["type"] == "websocket.close"


async def test_who_cannot_be_known_does_not_pass(
    accounts: Accounts, anna: Browser, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(token: str) -> None:
        raise StoreError("accounts.db: cannot be read")

    monkeypatch.setattr(accounts, "session", away)
    assert (await anna.ask("GET", "/all")).status_code == 503
    opening = Scope({"Origin": URL, "Cookie": "__Host-warmline=x"})
    await app(opening.scope, opening.receive, opening.send)
    assert opening.sent[0]["type"] == "websocket.close"
