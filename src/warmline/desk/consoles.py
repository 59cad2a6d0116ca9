"""Which of an agent's pages may act: the newest; older ones only watch. Pure."""


class Consoles:
    def __init__(self) -> None:
        self._open: dict[str, list[str]] = {}

    def opened(self, user_id: str, console: str) -> None:
        """`console` is unlike all others; it has the controls from now on."""
        self._open.setdefault(user_id, []).append(console)

    def closed(self, user_id: str, console: str) -> None:
        """The page before it has the controls again. Nothing happens for one that is unknown."""
        consoles = self._open.get(user_id, [])
        if console in consoles:
            consoles.remove(console)
        if not consoles:
            self._open.pop(user_id, None)

    def forget(self, user_id: str) -> None:
        self._open.pop(user_id, None)

    def controls(self, user_id: str, console: str) -> bool:
        return self._open.get(user_id, [])[-1:] == [console]
