"""Which modules this installation has: each registered by name, none found by magic."""

from kusei.base.kernel.offers import Registry


def register_all(registry: Registry) -> None:
    """Register every module's offers."""
    from kusei.base.accounts.offers import offers as accounts
    from kusei.base.book.offers import offers as book
    from kusei.base.charge.offers import offers as charge
    from kusei.base.decide.offers import offers as decide
    from kusei.base.draw.offers import offers as draw
    from kusei.base.files.offers import offers as files
    from kusei.base.papers.offers import offers as papers
    from kusei.base.parties.offers import offers as parties
    from kusei.base.printing.offers import offers as printing
    from kusei.base.retention.offers import offers as retention
    from kusei.base.staff.offers import offers as staff
    from kusei.base.tell.offers import offers as tell
    from kusei.counter.bicycle_parking.offers import offers as bicycle_parking
    from kusei.counter.food_business.offers import offers as food_business
    from kusei.counter.life_events.offers import offers as life_events
    from kusei.counter.moving_out.offers import offers as moving_out
    from kusei.counter.ward_tax.offers import offers as ward_tax
    from kusei.counter.worded_procedures.offers import offers as worded_procedures
    from kusei.family.child_allowance.offers import offers as child_allowance
    from kusei.office.lost_property.offers import offers as lost_property

    registry.register(accounts)
    registry.register(files)
    registry.register(retention)
    registry.register(parties)
    registry.register(charge)
    registry.register(book)
    registry.register(staff)
    registry.register(papers)
    registry.register(draw)
    registry.register(tell)
    registry.register(printing)
    registry.register(child_allowance)
    registry.register(lost_property)
    registry.register(bicycle_parking)
    registry.register(moving_out)
    registry.register(worded_procedures)
    registry.register(life_events)
    registry.register(food_business)
    registry.register(ward_tax)
    # After the modules whose cases it decides: its demonstration stands beside theirs.
    registry.register(decide)
