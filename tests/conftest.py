"""For every test: a property's examples have no deadline each, because a busy machine is no failure (pytest-timeout
ends what hangs)."""

from hypothesis import settings

settings.register_profile("line102", deadline=None)
settings.load_profile("line102")
