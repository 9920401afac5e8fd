"""Reading, checking and keeping tapes against the plain ways, in one interleaved run.

Plain ways: pandas with openpyxl for a workbook, csv.DictReader with a row loop for a text file,
bulk_create for storing, OFFSET for a deep page. Goals: issue 3. `TAPES_BENCH=1` is a tenth of the
size (the default); `TAPES_BENCH=10` the sizes that the goals name.
"""

import csv
import datetime
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pandas as pd
import polars as pl
import xlsxwriter

from deals.tapes.engine.check import Request, check_file
from deals.tapes.engine.loans import LoanQuery, loan_page
from deals.tapes.files.limits import IMPORT

CUTOFF = datetime.date(2024, 6, 30)
HEADERS = [
    "loan_id", "borrower_id", "borrower_name", "province", "asset_type", "product", "unpaid_principal",
    "accrued_interest", "default_date", "legal_stage", "risk_class", "original_balance", "penalty_interest",
    "other_fees", "days_past_due", "origination_date", "city", "court", "guarantor", "contract_rate",
]  # fmt: skip
Row = list[str | float | datetime.date]


def main() -> None:
    scale = int(os.environ.get("TAPES_BENCH", "1"))
    with tempfile.TemporaryDirectory() as folder:
        _workbook(Path(folder), 10_000 * scale)
        _text(Path(folder), 100_000 * scale)
        _storage(Path(folder), 30_000 * scale)


def rows(count: int) -> list[Row]:
    """Invented loans, the same on every machine."""
    chance = random.Random(20_240_630)  # noqa: S311 - invented loans, no secret
    return [_row(number, chance) for number in range(count)]


def _row(number: int, chance: random.Random) -> Row:
    default = CUTOFF - datetime.timedelta(days=chance.randrange(30, 1500))
    principal = round(chance.uniform(1e4, 1e6), 2)
    return [
        f"L{number:08d}", f"B{number // 2:08d}", f"借款人{number // 2}",
        chance.choice(["浙江省", "广东省", "江苏省", "内蒙古"]), "unsecured",
        chance.choice(["credit_card", "consumer_loan"]), principal, round(principal / 10, 2), default,
        chance.choice(["未诉", "已立案", "判决"]), chance.choice(["次级", "可疑", "损失"]), round(principal * 1.2, 2),
        round(principal / 100, 2), 0.0, (CUTOFF - default).days, default - datetime.timedelta(days=700),
        chance.choice(["杭州市", "广州市", "南京市"]), "杭州市中级人民法院", "", 0.0435,
    ]  # fmt: skip


def write_csv(path: Path, loans: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(HEADERS)
        writer.writerows(loans)


def write_xlsx(path: Path, loans: list[Row]) -> None:
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet, day = book.add_worksheet("资产池"), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, HEADERS)
        for line, loan in enumerate(loans, 1):
            for column, value in enumerate(loan):
                if isinstance(value, datetime.date):
                    sheet.write_datetime(
                        line, column, datetime.datetime.combine(value, datetime.time()), day
                    )
                else:
                    sheet.write(line, column, value)


def _workbook(folder: Path, count: int) -> None:
    path = folder / "tape.xlsx"
    write_xlsx(path, rows(count))
    ours, plain = _interleaved(
        lambda: _checked(path, folder),
        lambda: pd.read_excel(path, engine="openpyxl"),
        3,
    )
    _say(f"xlsx_{count}_read_check_parquet_against_openpyxl_reading", plain / ours, 7)


def _text(folder: Path, count: int) -> None:
    path = folder / "tape.csv"
    write_csv(path, rows(count))
    ours, plain = _interleaved(lambda: _checked(path, folder), lambda: naive_check(path), 3)
    _say(f"csv_{count}_read_check_parquet_against_row_loop", plain / ours, 4)
    peak = _peak_megabytes(path)
    _say(f"csv_{count}_peak_memory_share_of_1_gb", 1024 / peak, 1)


def _checked(path: Path, folder: Path) -> None:
    request = Request(path, path.name, IMPORT, cutoff=CUTOFF, parquet=folder / "tape.parquet")
    report = check_file(request)
    if report["verdict"] == "reject with clear error":
        raise RuntimeError(report["message"])


def naive_check(path: Path) -> Decimal:
    """Check row by row as a script would: seven rules and the sum."""
    seen, total = set(), Decimal(0)
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            principal, interest = Decimal(row["unpaid_principal"]), Decimal(row["accrued_interest"])
            default = datetime.date.fromisoformat(row["default_date"])
            origination = datetime.date.fromisoformat(row["origination_date"])
            if row["loan_id"] in seen or principal < 0 or interest < 0 or not row["province"]:
                raise ValueError(row)
            if default > CUTOFF or origination > default or not row["legal_stage"]:
                raise ValueError(row)
            seen.add(row["loan_id"])
            total += principal
    return total


def _storage(folder: Path, count: int) -> None:
    loans = rows(count)
    path, kept = folder / "store.csv", folder / "store.parquet"
    write_csv(path, loans)
    check_file(Request(path, path.name, IMPORT, cutoff=CUTOFF, parquet=kept))
    frame = pl.read_parquet(kept)
    database = sqlite3.connect(folder / "rows.sqlite3")
    _bulk_create(folder, count)
    ours = _median(lambda: frame.write_parquet(folder / "again.parquet", compression="zstd"), 5)
    bulk = _bulk_create(folder, count)
    _say(f"storing_{count}_against_bulk_create", bulk / ours, 50)
    _fill(database, loans)
    query = LoanQuery(sort="unpaid_principal", is_descending=True, masks_names=False)
    loan_page(kept, CUTOFF, query, begin=0, size=50)
    deep = count - 50
    sql = "SELECT * FROM loan ORDER BY unpaid_principal DESC LIMIT 50 OFFSET ?"
    page, offset = _interleaved(
        lambda: loan_page(kept, CUTOFF, query, begin=deep, size=50),
        lambda: database.execute(sql, (deep,)).fetchall(),
        9,
    )
    _say(f"deepest_page_of_{count}_against_sql_offset", offset / page, 4)
    database.close()


def _fill(database: sqlite3.Connection, loans: list[Row]) -> None:
    columns = ", ".join(HEADERS)
    database.execute(f"CREATE TABLE loan ({columns})")
    database.execute("CREATE INDEX by_principal ON loan (unpaid_principal)")
    marks = ", ".join("?" * len(HEADERS))
    plain = [[str(v) if isinstance(v, datetime.date) else v for v in loan] for loan in loans]
    database.executemany(f"INSERT INTO loan VALUES ({marks})", plain)  # noqa: S608 - our own names
    database.commit()


_BULK = """
import datetime, json, sys, time
from pathlib import Path
from django.conf import settings
settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[1]}},
                   INSTALLED_APPS=[], DEFAULT_AUTO_FIELD="django.db.models.BigAutoField")
import django; django.setup()
from django.db import connection, models
import polars as pl
class Loan(models.Model):
    loan_id = models.CharField(max_length=64, db_index=True); borrower_id = models.CharField(max_length=64, db_index=True)
    borrower_name = models.CharField(max_length=200); province = models.CharField(max_length=64)
    asset_type = models.CharField(max_length=32); product = models.CharField(max_length=32)
    unpaid_principal = models.DecimalField(max_digits=20, decimal_places=2)
    accrued_interest = models.DecimalField(max_digits=20, decimal_places=2)
    default_date = models.DateField(); legal_stage = models.CharField(max_length=32); risk_class = models.CharField(max_length=32)
    class Meta: app_label = "bench"
names = [field.name for field in Loan._meta.fields if field.name != "id"]
rows = pl.read_parquet(sys.argv[2], columns=names).to_dicts()
with connection.schema_editor() as editor: editor.create_model(Loan)
begin = time.perf_counter()
Loan.objects.bulk_create([Loan(**row) for row in rows], batch_size=2000)
print(json.dumps(time.perf_counter() - begin))
"""


def _bulk_create(folder: Path, count: int) -> float:
    """Seconds that Django takes to build and insert the rows, in a process of its own."""
    database = folder / f"bulk-{count}-{time.time_ns()}.sqlite3"
    command = [sys.executable, "-c", _BULK, str(database), str(folder / "store.parquet")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    return float(json.loads(printed))


_PEAK = """
import datetime, resource, sys
from pathlib import Path
from deals.tapes.engine.check import Request, check_file
from deals.tapes.files.limits import IMPORT
check_file(Request(Path(sys.argv[1]), "tape.csv", IMPORT, cutoff=datetime.date(2024, 6, 30)))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def _peak_megabytes(path: Path) -> float:
    """Peak memory of a fresh process that checks a file, MB."""
    command = [sys.executable, "-c", _PEAK, str(path)]
    environment = os.environ | {"POLARS_MAX_THREADS": "2", "MALLOC_ARENA_MAX": "2"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)  # noqa: S603
    return float(done.stdout)


def _interleaved(
    ours: Callable[[], object], plain: Callable[[], object], times: int
) -> tuple[float, float]:
    """Medians of both ways, measured in turn."""
    first, second = [], []
    for _ in range(times):
        first.append(_seconds(ours))
        second.append(_seconds(plain))
    return statistics.median(first), statistics.median(second)


def _median(act: Callable[[], object], times: int) -> float:
    return statistics.median(_seconds(act) for _ in range(times))


def _seconds(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def _say(name: str, ratio: float, goal: float) -> None:
    verdict = "ok" if ratio >= goal else "below"
    sys.stdout.write(f"{name}: {ratio:.2f} (goal >= {goal:g}) {verdict}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
