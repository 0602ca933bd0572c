"""`./kusei manage texts extract|check|compile|report|export`: the interface texts and their translations."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import to_locale

from kusei.base.web import states, translations


class Command(BaseCommand):
    """Keep the catalogues of interface texts."""

    help = (
        "Interface texts: extract (bring the .po files in line with the source), check (fail on what authors must write and on wrong "
        "placeholders; with --complete on every gap), compile, report (how far each language is written, checked, translated by machine), "
        "export (write what staff checked and corrected into the .po files)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["extract", "check", "compile", "report", "export"])
        parser.add_argument("--complete", action="store_true", help="with check: fail where any language lacks a text")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        self.complete = options["complete"]
        getattr(self, f"{act}_texts")(sorted(translations.LOCALES.glob("*/LC_MESSAGES/django.po")))

    def extract_texts(self, catalogues: list[Path]) -> None:
        for path in catalogues:
            texts = translations.texts_of(path.parent.parent.name)
            came, went = translations.update(texts, path)
            self.stdout.write(f"{path.parent.parent.name}: {len(texts)} texts, {came} new, {went} gone")

    def check_texts(self, catalogues: list[Path]) -> None:
        wrong, lacking = [], []
        for path in catalogues:
            locale = path.parent.parent.name
            texts = translations.texts_of(locale)
            must = self.complete or locale in translations.WHOLE
            wrong += [f"{locale}: {fault}" for fault in translations.faults(texts, path, gaps=must)]
            gaps = len(translations.faults(texts, path)) - len(translations.faults(texts, path, gaps=False))
            lacking.append(f"{locale}: {len(texts)} texts, {gaps} without translation")
        self.stdout.write("\n".join(lacking))
        if wrong:
            raise CommandError("\n".join(wrong))

    def report_texts(self, catalogues: list[Path]) -> None:
        self.stdout.write(f"{'':10}" + "".join(f"{state:>10}" for state in (*states.STATES, "missing")))
        for path in catalogues:
            counts = states.counts(path)
            self.stdout.write(
                f"{path.parent.parent.name:10}"
                + "".join(f"{counts[state]:>10}" for state in (*states.STATES, "missing"))
            )

    def export_texts(self, catalogues: list[Path]) -> None:
        from kusei.base.texts.queries import languages, newest

        for code, _name in languages():
            path = translations.catalogue(to_locale(code))
            n = states.write_checks(path, [(c.text, c.forms, c.by_name, c.at.date()) for c in newest(code).values()])
            self.stdout.write(f"{path.parent.parent.name}: {n} checks written")

    def compile_texts(self, catalogues: list[Path]) -> None:
        for path in translations.compile_catalogues(settings.LOCALE_PATHS[0]):
            self.stdout.write(str(path))
