"""Owns the HTTP of accounts: /api/session, /api/setup, /api/users.

Must not know pages nor how passwords are kept. Answers are never stored by anybody on the way, and
a refused body is not quoted back: it may hold a password.
"""

import math
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Annotated, Any, Final, Self

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from warmline.accounts import AccountError, BadLink, Conflict, TooMany, Unknown, WrongPassword
from warmline.accounts.accounts import Accounts, SignedIn
from warmline.accounts.guard import Guard
from warmline.accounts.links import link_path
from warmline.accounts.user import User
from warmline.records import StoreError
from warmline.records.accounts import UserChanges

MAX_BODY: Final = 16_384
"""Bytes: a user with all skills and queues."""
_STATUS: Final[dict[type[AccountError], int]] = {
    WrongPassword: 401,
    Unknown: 404,
    Conflict: 409,
    BadLink: 410,
    TooMany: 429,
}
_AWAY: Final = "The accounts cannot be read or written now."

_Text = Annotated[str, Field(max_length=256)]
_Words = Annotated[list[_Text], Field(max_length=256)]
_Skills = Annotated[dict[_Text, int], Field(max_length=256)]
_Password = Annotated[SecretStr, Field(max_length=1024)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Credentials(_Body):
    login: _Text
    password: _Password


class LinkToken(_Body):
    token: _Text = Field(description="What stands behind the # of a one-time link")


class Setup(LinkToken):
    password: _Password
    login: _Text = Field("", description="Of the first administrator only")
    name: _Text = Field("", description="Of the first administrator only")


class NewUser(_Body):
    login: _Text
    name: _Text
    roles: _Words = Field(description="agent, supervisor, admin")
    skills: _Skills = Field({}, description="Name to level, 1 to 5")
    queues: _Words = Field([], description="Whose callers they take; none named: all")


class Changes(_Body):
    """What is not given stays as it is."""

    name: _Text | None = None
    roles: _Words | None = None
    skills: _Skills | None = None
    queues: _Words | None = None
    enabled: bool | None = None


class UserOut(BaseModel):
    """Somebody with an account."""

    user_id: str
    login: str
    name: str
    roles: list[str]
    skills: dict[str, int]
    queues: list[str]

    @classmethod
    def of(cls, user: User) -> Self:
        plain = {name: getattr(user, name) for name in cls.model_fields}
        return cls(**plain | {"roles": sorted(user.roles), "queues": list(user.queues)})


class AccountOut(UserOut):
    """A user as administrators see them."""

    enabled: bool
    has_password: bool = Field(description="False: they have not used their link yet")


class SessionOut(BaseModel):
    user: UserOut
    csrf: str = Field(description="For the header X-Warmline-CSRF of whatever changes something")


class LinkOwner(BaseModel):
    login: str
    name: str
    first: bool = Field(description="The first administrator, who chooses both")


class Users(BaseModel):
    users: list[AccountOut]


class Link(BaseModel):
    link: str = Field(description="A path of this server, good once and for a day")


class Added(Link):
    user: AccountOut


class Refused(BaseModel):
    detail: str | list[dict[str, Any]]


class _Route(APIRoute):
    """Errors of the room as answers, bodies of a bounded size, nothing for caches."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                response = await handler(Request(request.scope, _bounded(request)))
            except (HTTPException, RequestValidationError, AccountError, StoreError) as error:
                refused = _refusal(error)
                headers = {**(refused.headers or {}), "Cache-Control": "no-store"}
                raise HTTPException(refused.status_code, refused.detail, headers) from None
            response.headers["Cache-Control"] = "no-store"
            return response

        return answer


def accounts_router(accounts: Accounts, guard: Guard) -> APIRouter:
    """The routes of signing in, of one-time links, and of users (for administrators)."""
    router = APIRouter(prefix="/api", tags=["accounts"], route_class=_Route)
    Admin = Annotated[User, Depends(guard.needs("admin"))]

    async def sign_in(request: Request, response: Response, signed_in: SignedIn) -> SessionOut:
        await accounts.sign_out(guard.token(request), "replaced")
        guard.set_cookie(request, response, signed_in.token)
        return SessionOut(user=UserOut.of(signed_in.user), csrf=signed_in.csrf)

    async def from_our_page(request: Request) -> None:
        guard.check_origin(request)
        guard.check_way(request)

    ours = [Depends(from_our_page)]

    @router.post("/session", dependencies=ours, responses=_refusals(401, 403, 429, 503))
    async def begin(request: Request, response: Response, body: Credentials) -> SessionOut:
        """Sign in: sets the cookie. 401 does not say what was wrong."""
        address = request.client.host if request.client else ""
        found = await accounts.sign_in(body.login, body.password.get_secret_value(), address)
        return await sign_in(request, response, found)

    @router.get("/session", responses=_refusals(401, 503))
    async def who(request: Request) -> SessionOut:
        """Who is signed in."""
        session = await guard.session(request)
        return SessionOut(user=UserOut.of(session.user), csrf=session.csrf)

    @router.delete("/session", status_code=204, responses=_refusals(401, 403, 503))
    async def end(request: Request, response: Response) -> None:
        """Sign out, in this browser."""
        await guard.session(request)
        await accounts.sign_out(guard.token(request))
        guard.delete_cookie(request, response)

    @router.post("/setup/look", dependencies=ours, responses=_refusals(403, 410, 503))
    async def look(body: LinkToken) -> LinkOwner:
        """Whose one-time link it is; does not use it up."""
        user, first = await accounts.look(body.token)
        return LinkOwner(login=user.login, name=user.name, first=first)

    @router.post("/setup", dependencies=ours, responses=_refusals(400, 403, 409, 410, 503))
    async def setup(request: Request, response: Response, body: Setup) -> SessionOut:
        """Use a one-time link up: set the password, and sign in."""
        found = await accounts.set_password(
            body.token, body.password.get_secret_value(), body.login, body.name
        )
        return await sign_in(request, response, found)

    @router.get("/users", responses=_refusals(401, 403, 503))
    async def users(_: Admin) -> Users:
        """All users, by login."""
        return Users(users=[AccountOut.of(user) for user in await accounts.users()])

    @router.post("/users", status_code=201, responses=_refusals(400, 401, 403, 409, 503))
    async def add(admin: Admin, body: NewUser) -> Added:
        """A new user, and the link with which they set their password."""
        user, token = await accounts.create(**body.model_dump(), by=admin.user_id)
        return Added(user=AccountOut.of(user), link=link_path(token))

    @router.patch("/users/{user_id}", responses=_refusals(400, 401, 403, 404, 409, 503))
    async def change(admin: Admin, user_id: str, body: Changes) -> AccountOut:
        """Change a user. A change of roles signs them out, as does `enabled: false`."""
        given: Any = body.model_dump(exclude_none=True)
        changes: UserChanges = given
        return AccountOut.of(await accounts.change(user_id, changes, by=admin.user_id))

    @router.post("/users/{user_id}/link", responses=_refusals(401, 403, 404, 409, 503))
    async def link(admin: Admin, user_id: str) -> Link:
        """A link with which this user sets a new password; earlier ones are void."""
        return Link(link=link_path(await accounts.new_link(user_id, by=admin.user_id)))

    return router


def _refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For the documentation: each of these comes with words for people."""
    return {
        status: {"model": Refused, "description": HTTPStatus(status).phrase} for status in statuses
    }


def _refusal(error: Exception) -> HTTPException:
    match error:
        case HTTPException():
            return error
        case RequestValidationError():
            fields = ("loc", "msg", "type")  # not `input`: it may be a password
            return HTTPException(
                422, [{key: each[key] for key in fields} for each in error.errors()]
            )
        case TooMany(retry_s=retry_s):
            return HTTPException(429, str(error), {"Retry-After": str(math.ceil(retry_s))})
        case AccountError():
            return HTTPException(_STATUS.get(type(error), 400), str(error))
        case _:
            return HTTPException(503, _AWAY)


def _bounded(request: Request) -> Callable[[], Coroutine[Any, Any, Any]]:
    """What the request receives, up to MAX_BODY bytes."""
    size = 0

    async def receive() -> Any:
        nonlocal size
        message = await request.receive()
        size += len(message.get("body", b""))
        if size > MAX_BODY:
            raise HTTPException(413, f"A request may have {MAX_BODY} bytes.")
        return message

    return receive
