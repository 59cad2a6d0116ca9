"""Owns the key by which this user's own programs read the API of a server on this machine.

Made once, for this user's eyes only; a key in the settings takes its place.
"""

import os
import secrets

from platformdirs import user_data_path

from warmline.config.sections import Settings


def api_key(settings: Settings, *, make: bool = False) -> str:
    """The key in force; empty when there is none, and none can be made."""
    if given := settings.accounts.api_key.get_secret_value():
        return given
    path = user_data_path("warmline") / "api-key"
    try:
        if make:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                pass
            else:
                with open(file, "w", encoding="ascii") as opened:
                    opened.write(secrets.token_urlsafe(32))
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
