"""What the files hand the worker."""

from datetime import time

from kusei.base.files.sweep import sweep
from kusei.base.kernel.offers import Daily, Offers

offers = Offers(module="files", jobs=[Daily("files.sweep", time(3, 30), sweep)])
