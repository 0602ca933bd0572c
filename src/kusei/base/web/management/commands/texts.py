"""`./kusei manage texts extract|check|compile`: the interface texts and their translations."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kusei.base.web import translations


class Command(BaseCommand):
    """Keep the catalogues of interface texts."""

    help = "Interface texts: extract (bring the .po files in line with the source), check (fail on gaps), compile."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["extract", "check", "compile"])

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        getattr(self, f"{act}_texts")(sorted(translations.LOCALES.glob("*/LC_MESSAGES/django.po")))

    def extract_texts(self, catalogues: list[Path]) -> None:
        texts = translations.find_texts()
        for path in catalogues:
            came, went = translations.update(texts, path)
            self.stdout.write(f"{path.parent.parent.name}: {len(texts)} texts, {came} new, {went} gone")

    def check_texts(self, catalogues: list[Path]) -> None:
        texts = translations.find_texts()
        wrong = [
            f"{path.parent.parent.name}: {fault}" for path in catalogues for fault in translations.faults(texts, path)
        ]
        if wrong:
            raise CommandError("\n".join(wrong))
        self.stdout.write(f"{len(texts)} texts, complete in {len(catalogues)} languages")

    def compile_texts(self, catalogues: list[Path]) -> None:
        for path in translations.compile_catalogues(settings.LOCALE_PATHS[0]):
            self.stdout.write(str(path))
