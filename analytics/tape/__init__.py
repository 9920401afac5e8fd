"""The loan tape: its dictionary, its checks and what it says about a pool.

A canonical frame is a polars DataFrame with one row per loan x collateral item (an unsecured loan
has one row, its collateral columns null; a loan's own amounts repeat and agree). It is what a tape's
Parquet file holds, and the only form in which loans reach the engine. Every column of `COLUMNS` is
present, in this order, with the dtype of its kind; absent facts are null, never zero or "".

===========  =======================  ==========================================================
kind         polars dtype             meaning
===========  =======================  ==========================================================
text         String                   as in the file, surrounding blanks removed
identifier   String                   kept exactly: leading zeros, no 1E+05
money        Decimal(38, 2)           CNY, exact to the fen (decimal128 in Parquet)
fraction     Float64                  a year, 0.0435 = 4.35 %
area         Float64                  square metres
count        Int32                    days, months, ranks
date         Date
code         String                   one of the column's codes (English, `Column.codes`)
flag         Boolean                  yes / no / null = unknown
division     String                   six-digit code of GB/T 2260 ("330000", "330100"),
                                      outside China ISO 3166-2 ("US-CA")
===========  =======================  ==========================================================

After the dictionary's columns follow the derived ones, never null unless said:

====================  ==============  ==========================================================
column                dtype           meaning
====================  ==============  ==========================================================
city_name             String          the city as written, also when it has no code; null if absent
collateral_city_name  String          same for the collateral; null if absent
industry_name         String          the industry as written (`industry` = section A-T); nullable
source_row            Int32           row in the file as received, as a spreadsheet numbers it
====================  ==============  ==========================================================

`total_claim` is always filled: computed from its parts where the file leaves it out. `currency` is
"CNY" where absent. `collected_since_cutoff`, `penalty_interest`, `other_fees` are null where absent
(read null as 0 when adding up). Rows keep the order of the file.
"""

from analytics.tape.columns import (
    BY_NAME,
    COLUMNS,
    DERIVED,
    SCHEMA,
    Column,
    Kind,
    match_header,
    normal_header,
)

__all__ = [
    "BY_NAME",
    "COLUMNS",
    "DERIVED",
    "SCHEMA",
    "Column",
    "Kind",
    "match_header",
    "normal_header",
]
