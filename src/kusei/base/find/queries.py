"""What can be found on the portal: procedures, ways in, open data, places. All of it is public."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from kusei.base.ask import queries as asked
from kusei.base.find.rules import Entry
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.i18n import text
from kusei.base.kernel.offers import Registry


def entries(offers: Registry, now: datetime) -> list[Entry]:
    """Everything there is to find, procedures first. A card that leads to a procedure is that procedure, not a second entry."""
    procedures = list(_procedures(now))
    there = {entry.url for entry in procedures}
    return [
        *procedures,
        *(card for card in _cards(offers) if card.url not in there),
        *_datasets(offers),
        *_layers(offers),
    ]


def _procedures(now: datetime) -> Iterator[Entry]:
    for snapshot, procedure in asked.in_force(local_date(now)):
        title, summary = procedure.title.mapping(), procedure.summary.mapping()
        yield Entry(
            kind="procedure",
            title=text(title),
            text=text(summary),
            url=reverse("ask:procedure", args=[snapshot.procedure]),
            category=procedure.category,
            titles=tuple(title.values()),
            keywords=tuple(procedure.keywords),
            texts=(
                *summary.values(),
                *(words for part in procedure.guide.values() for words in part.mapping().values()),
            ),
        )


def _cards(offers: Registry) -> Iterator[Entry]:
    for card in offers.all("cards"):
        url = card.url if card.url.startswith("/") else reverse(card.url)
        yield Entry(
            "card",
            text(card.title),
            text(card.line),
            url,
            card.category,
            tuple(card.title.values()),
            (),
            tuple(card.line.values()),
        )


def _datasets(offers: Registry) -> Iterator[Entry]:
    for dataset in offers.all("datasets"):
        yield Entry(
            kind="dataset",
            title=text(dataset.title),
            text=text(dataset.description),
            url=reverse("publish:dataset", args=[dataset.name]),
            category="data",
            titles=tuple(dataset.title.values()),
            keywords=("オープンデータ", "統計", "open data"),
            texts=tuple(dataset.description.values()),
        )


def _layers(offers: Registry) -> Iterator[Entry]:
    for layer in offers.all("layers"):
        url = reverse("map:layer", args=[layer.name])
        yield Entry(
            "place",
            text(layer.title),
            "",
            url,
            "place",
            tuple(layer.title.values()),
            ("地図", "場所", "窓口", "map", "place"),
        )
