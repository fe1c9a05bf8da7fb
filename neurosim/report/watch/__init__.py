"""A live page of a comparison that is running: it reads files, and nothing depends on it."""
from .server import Watch, follow, serve
from .state import state_of

__all__ = ["Watch", "follow", "serve", "state_of"]
