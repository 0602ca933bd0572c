"""The installation's modules hear what others tell."""

from kusei.base.jobs.handlers import Handlers
from kusei.base.kernel.offers import Registry
from kusei.site.handlers import register_all as register_handlers
from kusei.site.offers import register_all


def test_the_installation_hears_only_kinds_that_some_module_tells_of():
    registry = Registry()
    register_all(registry)
    told = {kind for offers in registry.modules() for kind in offers.tells}
    assert told
    assert {kind for each in registry.all("hears") for kind in each.kinds} <= told


def test_a_worker_of_the_installation_deals_with_hearings():
    handlers = Handlers()
    register_handlers(handlers)
    assert "hearings" in [queue.name for queue in handlers.queues()]
