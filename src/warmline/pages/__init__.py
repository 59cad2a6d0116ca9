"""The pages that people open: the start page and the softphone. They know no call and no audio."""

from warmline.pages.router import PagesSettings, pages_router

__all__ = ["PagesSettings", "pages_router"]
