"""What the jobs hand the worker: their own tidying."""

from datetime import time

from kusei.base.jobs.daily import forget_done
from kusei.base.kernel.offers import Daily, Offers

offers = Offers(module="jobs", jobs=[Daily("jobs.forget_done", time(3, 45), forget_done)])
