"""Who may use the desk and the wall: users, passwords, sessions, one-time links.

Here: the room's own errors. `user` says what a user is and `rows` how one is kept; `passwords` and
`worst` what a password is; `limits` slows guessers down; `sessions` ends what has gone on for too
long; `links` lets people set their passwords; `accounts` joins these over the database. `guard`
watches HTTP routes for all rooms, `router` has this room's own. It knows no page and no call.
"""

from warmline.errors import WarmlineError


class AccountError(WarmlineError):
    """What somebody asked of the accounts cannot be done; the message is fit for their page."""


class WrongPassword(AccountError):
    """The login, the password or both are wrong, or the user is disabled: nobody learns which."""

    def __init__(self) -> None:
        super().__init__("The login or the password is wrong.")


class TooMany(AccountError):
    """Too many wrong passwords, or too many at once; `retry_s` is how long to wait."""

    def __init__(self, retry_s: float) -> None:
        super().__init__("Too many attempts. Wait a moment, then try again.")
        self.retry_s = retry_s


class BadLink(AccountError):
    """The one-time link is unknown, too old, or was used."""

    def __init__(self) -> None:
        super().__init__("This link was used or is too old. Ask an administrator for a new one.")


class Unknown(AccountError):
    """There is no such user."""

    def __init__(self) -> None:
        super().__init__("There is no such user.")


class Conflict(AccountError):
    """What is asked for does not fit what is there: a login that is taken, the last admin."""
