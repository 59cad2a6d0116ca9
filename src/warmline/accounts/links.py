"""Owns one-time links: who gets one, for how long, and that each is used once.

Must not know passwords or sessions. A link is how a password comes to be: whoever opens it sets
one, so no administrator ever knows a password. Making and using one is told to `audit`.
"""

import asyncio
from datetime import timedelta
from typing import Final

from warmline.accounts import BadLink
from warmline.accounts.audit import Audit
from warmline.accounts.tokens import Clock, hash_of, new_id, new_token
from warmline.records.accounts import AccountStore, LinkRow, UserRow

LINK_S: Final = 24 * 3600.0
"""So long a link is good: until the next day's shift."""
FIRST: Final = "first"
"""Purpose of the link of the first admin, who chooses login and name."""
PASSWORD: Final = "password"


class Links:
    def __init__(self, store: AccountStore, audit: Audit, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self._using = asyncio.Lock()  # many at once would wait for SQLite's lock, and too long

    async def make(self, user_id: str, purpose: str = PASSWORD, by: str = "") -> str:
        """A new link's token; earlier links stay good."""
        token, now = new_token(), self._clock()
        link = LinkRow(
            token_hash=hash_of(token),
            user_id=user_id,
            purpose=purpose,
            created_at=now,
            expires_at=now + timedelta(seconds=LINK_S),
        )
        await self._store.add_link(link)
        await self._audit("link_made", by, user_id, {"purpose": purpose})
        return token

    async def first(self) -> str | None:
        """The token of a link for the first admin, who is made for it; None when there are others,
        or this one has a password. Each start may print one: all are good until one is used."""
        users = await self._store.users()
        if not users:
            admin = UserRow(
                user_id=new_id(),
                login="admin",
                name="Administrator",
                roles=frozenset({"admin"}),
                created_at=self._clock(),
            )
            await self._store.add_user(admin)
            users = [admin]
        one = users[0]
        alone = len(users) == 1 and "admin" in one.roles and one.password_hash is None
        return await self.make(one.user_id, FIRST) if alone else None

    async def look(self, token: str) -> tuple[LinkRow, UserRow]:
        """A link that is good, and whose it is. Raises BadLink."""
        link = await self._store.link(hash_of(token))
        owner = await self._store.user(link.user_id) if link else None
        if link is None or owner is None or not owner.enabled:
            raise BadLink
        if link.used_at is not None or link.expires_at <= self._clock():
            raise BadLink
        return link, owner

    async def use(self, token: str) -> None:
        """Use it up, with all others of its owner. Raises BadLink for all but one of several who
        do it at once."""
        async with self._using:
            link = await self._store.use_link(hash_of(token), self._clock())
        if link is None:
            raise BadLink
        await self.end(link.user_id)
        await self._audit("link_used", link.user_id, link.user_id, {"purpose": link.purpose})

    async def end(self, user_id: str) -> None:
        """Make all links of a user void."""
        await self._store.end_links(user_id, self._clock())


def link_path(token: str) -> str:
    """Where a one-time link leads. The token is a fragment: browsers send it to nobody, so it is
    in no log on the way."""
    return f"/setup#{token}"
