"""How much a file may ask for. Source: contracts.md 6."""

from __future__ import annotations

from dataclasses import asdict, dataclass

MB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Limits of one check. Bytes, rows, seconds."""

    file_bytes: int = 50 * MB
    unpacked_bytes: int = 200 * MB
    csv_rows: int = 1_000_000
    sheet_rows: int = 200_000
    columns: int = 200
    cell_characters: int = 4_000
    members: int = 500
    unpack_ratio: int = 200
    memory_bytes: int = 600 * MB
    cpu_seconds: int = 20
    wall_seconds: int = 60

    def as_json(self) -> dict[str, int]:
        return asdict(self)


WEB = Limits()
# An administrator's import, on a machine that is known to have the memory.
IMPORT = Limits(
    file_bytes=1024 * MB,
    unpacked_bytes=4096 * MB,
    csv_rows=2_000_000,
    sheet_rows=1_048_576,
    memory_bytes=3072 * MB,
    cpu_seconds=300,
    wall_seconds=600,
)
