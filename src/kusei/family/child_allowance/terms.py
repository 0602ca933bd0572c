"""What the ward sets itself about 児童手当, as dated rows in `wards/<ward>/law/child_allowance.yaml`, else the common one."""

from datetime import date

from pydantic import Field

from kusei.base.kernel import tables


class Terms(tables.Dated):
    """One row. processing_days: 標準処理期間 in working days. payment_day: 支払日, the day of a payment month on which money is sent. appeal_to:
    whom an appeal (審査請求) goes to."""

    processing_days: int = Field(ge=1, le=250)
    payment_day: int = Field(ge=1, le=28)
    appeal_to: str


def in_force(ward: str, day: date) -> Terms:
    """The row in force on a day. Raises LookupError before the first."""
    return tables.in_force("child_allowance", Terms, ward, day)
