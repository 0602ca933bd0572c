"""`{% load kit %}`: the functions of `kusei.base.web.kit` as template tags and filters."""

from django import template

from kusei.base.kernel import i18n
from kusei.base.web import kit

register = template.Library()

for tag in (
    kit.breadcrumb,
    kit.button,
    kit.cards,
    kit.chip,
    kit.definition,
    kit.empty,
    kit.error_summary,
    kit.field,
    kit.form_errors,
    kit.form_field,
    kit.icon,
    kit.link_button,
    kit.pagination,
    kit.receipt,
    kit.steps,
    kit.summary,
    kit.table,
    kit.tabs,
    kit.timeline,
    kit.working,
):
    register.simple_tag(tag)

for filter_ in (kit.day, kit.moment, kit.wareki, kit.yen):
    register.filter(filter_.__name__, filter_)

register.filter("words", i18n.text)
register.filter("colon", i18n.colon)
register.filter("beside", i18n.beside)

register.simple_block_tag(kit.banner)
