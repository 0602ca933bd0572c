"""What retention hands the worker: its daily run, before the other tidying, so that what goes is recorded."""

from datetime import time

from kusei.base.kernel.offers import Daily, Offers
from kusei.base.retention.actions import apply

offers = Offers(module="retention", jobs=[Daily("retention.apply", time(3, 5), apply)])
