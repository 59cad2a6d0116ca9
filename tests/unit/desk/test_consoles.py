"""An agent in two tabs: the newest acts, the older one watches."""

from warmline.desk.consoles import Consoles


def test_the_newest_page_has_the_controls() -> None:
    consoles = Consoles()
    consoles.opened("anna", "tab-1")
    assert consoles.controls("anna", "tab-1")
    consoles.opened("anna", "tab-2")
    assert not consoles.controls("anna", "tab-1")
    assert consoles.controls("anna", "tab-2")


def test_when_it_is_closed_the_one_before_has_them_again() -> None:
    consoles = Consoles()
    consoles.opened("anna", "tab-1")
    consoles.opened("anna", "tab-2")
    consoles.closed("anna", "tab-2")
    assert consoles.controls("anna", "tab-1")
    consoles.closed("anna", "tab-1")
    consoles.closed("anna", "tab-1")
    assert not consoles.controls("anna", "tab-1")


def test_nobody_else_has_them() -> None:
    consoles = Consoles()
    consoles.opened("anna", "tab-1")
    assert not consoles.controls("bert", "tab-1")
    assert not consoles.controls("anna", "")
    consoles.forget("anna")
    assert not consoles.controls("anna", "tab-1")
