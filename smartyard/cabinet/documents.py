"""Invoices and receipts as PDF. The font comes from a package, so Cyrillic is the same everywhere.

fpdf2 holds no state between documents; each is made in milliseconds and never written to disk.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from smartyard.gateways.billing_money import DocumentData
from smartyard.money import rubles

if TYPE_CHECKING:
    from fpdf import FPDF

_FONT = "Roboto"


def _font_files() -> Path:
    spec = find_spec("font_roboto")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package font-roboto is not installed")
    return Path(spec.origin).parent / "files"


def invoice_pdf(data: DocumentData) -> bytes:
    """A bill to pay."""
    return _document(f"Счёт № {data.number} от {data.date}", "К оплате", data)


def receipt_pdf(data: DocumentData) -> bytes:
    """What was paid."""
    return _document(f"Квитанция № {data.number} от {data.date}", "Оплачено", data)


def _document(title: str, total: str, data: DocumentData) -> bytes:
    # Loaded with its fonts and pictures when the first is asked for: a seventh of all that a server
    # or a command of ours would load to begin.
    from fpdf import FPDF  # pylint: disable=import-outside-toplevel

    pdf = FPDF(format="A4")
    files = _font_files()
    pdf.add_font(_FONT, "", files / "Roboto-Regular.ttf")
    pdf.add_font(_FONT, "B", files / "Roboto-Bold.ttf")
    pdf.set_title(title)
    pdf.set_margin(20)
    pdf.add_page()
    pdf.set_font(_FONT, "B", 16)
    pdf.multi_cell(0, 9, title, new_x="LMARGIN", new_y="NEXT")
    pdf.ln(4)
    period = " — ".join(part for part in (data.start, data.end) if part)
    rows = {
        "Абонент": data.client_name,
        "Услуга": data.service,
        "Период": period,
        "Назначение": data.dsc,
    }
    for name, value in rows.items():
        if value:
            _row(pdf, name, value)
    pdf.ln(4)
    pdf.set_font(_FONT, "B", 13)
    pdf.cell(0, 9, f"{total}: {rubles(data.sum)}", new_x="LMARGIN", new_y="NEXT")
    return bytes(pdf.output())


def _row(pdf: "FPDF", name: str, value: str) -> None:
    pdf.set_font(_FONT, "B", 11)
    pdf.cell(40, 7, name)
    pdf.set_font(_FONT, "", 11)
    pdf.multi_cell(0, 7, value, new_x="LMARGIN", new_y="NEXT")
