"""The webhook endpoint as a standard ASGI application.

`mye-tiktok serve-webhook` serves it. Elsewhere, with settings from the environment or `.env`:

    granian --interface asgi --factory mye_tiktok.listener:application
    uvicorn --factory mye_tiktok.listener:application
    app.mount("/tiktok", application())        # inside of a Starlette or FastAPI application

It writes with a thread of its own, so one process is enough; several may share a PostgreSQL database.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mye_tiktok.listener.asgi import Application
    from mye_tiktok.runtime import Runtime

__all__ = ["application"]


def application(runtime: "Runtime | None" = None) -> "Application":
    """Return the application; raises WrongSettingsError when APP_KEY or APP_SECRET is missing.

    Nothing is connected yet. The writing begins with ASGI's lifespan, or with the first request where the server
    has none, and ends with the lifespan.
    """
    from mye_tiktok import config
    from mye_tiktok.listener.asgi import Application
    from mye_tiktok.listener.endpoint import Endpoint
    from mye_tiktok.runtime import Runtime

    return Application(Endpoint(runtime or Runtime(config.from_process())))
