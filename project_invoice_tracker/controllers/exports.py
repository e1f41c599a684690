"""Exports write texts as texts, so that no formula runs when a file is opened."""

import itertools
import json

from werkzeug.datastructures import FileStorage

from odoo import http

from odoo.addons.web.controllers import export, pivot

#: What the XLSX writer takes for a formula.
FORMULA = ("=", "{=")
#: What a program for tables takes for one in a CSV file, beyond what Odoo quotes.
FORMULA_IN_CSV = ("@", "\t", "\r", "\n")


class LiteralWriter(export.GroupExportXlsxWriter):
    """Write a text that looks like a formula as plain text."""

    def write(self, row, column, cell_value, style=None):
        if isinstance(cell_value, str) and cell_value.startswith(FORMULA):
            return self.worksheet.write_string(row, column, cell_value, style)
        return super().write(row, column, cell_value, style)


class LiteralExcelExport(export.ExcelExport):
    """Exports of lists as XLSX, using :class:`LiteralWriter`."""

    def from_data(self, fields, columns_headers, rows):
        with LiteralWriter(fields, columns_headers, len(rows)) as writer:
            for number, row in enumerate(rows, 1):
                for column, value in enumerate(row):
                    writer.write_cell(number, column, value)
        return writer.value

    def from_group_data(self, fields, columns_headers, groups):
        with LiteralWriter(fields, columns_headers, groups.count) as writer:
            row, column = 1, 0
            for name, group in groups.children.items():
                row, column = writer.write_group(row, column, name, group)
        return writer.value


class LiteralCsvExport(export.CSVExport):
    """Exports of lists as CSV: Odoo quotes only ``=``, ``+`` and ``-``."""

    def from_data(self, fields, columns_headers, rows):
        quoted = [[_quote(value, FORMULA_IN_CSV) for value in row] for row in rows]
        return super().from_data(fields, columns_headers, quoted)


class LiteralPivotExport(pivot.TableExporter):
    """Exports of pivots as XLSX: quote the group names in rows and columns."""

    @http.route()
    def export_xlsx(self, data, **kw):
        table = json.load(data) if isinstance(data, FileStorage) else json.loads(data)
        for cell in itertools.chain(
            *(table.get("col_group_headers") or []),
            table.get("measure_headers") or [],
            table.get("rows") or [],
        ):
            cell["title"] = _quote(cell["title"], FORMULA)
        return super().export_xlsx(json.dumps(table), **kw)


def _quote(value, beginnings):
    """Return a text with an apostrophe before it, if it begins like a formula."""
    if isinstance(value, str) and value.startswith(beginnings):
        return f"'{value}"
    return value
