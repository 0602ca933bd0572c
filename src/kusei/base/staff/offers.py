"""What staff hand the foundation: the daily look for roles that end soon."""

from datetime import time

from kusei.base.kernel.offers import Daily, Offers
from kusei.base.staff.actions import notice_ending

offers = Offers(module="staff", jobs=[Daily("staff.roles_ending", time(6, 30), notice_ending)])
