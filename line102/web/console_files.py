"""The built console: files with hashed names live long, the page itself is asked for anew each time."""

from __future__ import annotations

from pathlib import Path

from aiohttp import hdrs, web

from line102.web.pages import entry_page

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".png": "image/png",
    ".ico": "image/x-icon",
}


class ConsoleFiles:
    """``dist``: the folder that ``npm run build`` makes; it may appear after the service has started."""

    def __init__(self, dist: Path) -> None:
        self._dist = dist

    async def get(self, request: web.Request) -> web.StreamResponse:
        """A file of the console, or the page itself for any address of a view within it."""
        wanted = request.match_info["path"]
        file = confined(self._dist, wanted) if wanted else None
        if file is not None:
            lasting = wanted.startswith("assets/")
            return web.FileResponse(
                file, headers=_headers(file, "max-age=31536000, immutable" if lasting else "no-cache")
            )
        if Path(wanted).suffix in TYPES:  # a call's id has dots too
            raise web.HTTPNotFound
        index = confined(self._dist, "index.html")
        if index is None:
            return entry_page(503, "not_built")
        return web.FileResponse(index, headers=_headers(index, "no-cache"))


def confined(folder: Path, relative: str) -> Path | None:
    """The file ``relative`` inside ``folder``; None when it is not a file or lies outside, by link or by dots."""
    try:
        root = folder.resolve()
        file = (root / relative).resolve()
        return file if file.is_relative_to(root) and file.is_file() else None
    except (OSError, ValueError):  # a name too long, or with a null byte
        return None


def _headers(file: Path, cache: str) -> dict[str, str]:
    return {hdrs.CACHE_CONTROL: cache, hdrs.CONTENT_TYPE: TYPES.get(file.suffix, "application/octet-stream")}
