"""Texts of a procedure in several languages."""

from pydantic import BaseModel, ConfigDict, Field


class Text(BaseModel):
    """A text in the languages it was written in; Japanese always."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    ja: str = Field(min_length=1)
    ja_easy: str | None = Field(default=None, alias="ja-easy")
    en: str | None = None
    zh_hans: str | None = Field(default=None, alias="zh-hans")
    ko: str | None = None
    tl: str | None = None
    ne: str | None = None
    vi: str | None = None

    def mapping(self) -> dict[str, str]:
        """As the plain mapping that `kernel.i18n.text` reads."""
        return self.model_dump(by_alias=True, exclude_none=True)
