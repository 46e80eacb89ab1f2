"""The page of what is refused, with the limits that the code has.

python docs/make_hostile_input.py > docs/hostile-input.md
"""

import click

from features.reading.files import archive, delimited, parquet, parts
from serving import body_guard, connections
from serving.sandbox import allowance, asking
from serving.settings import Settings

MEGABYTE = 1 << 20
TEXT = """# Hostile input

Made by `python docs/make_hostile_input.py > docs/hostile-input.md`; a test fails when
the two differ. Whatever comes to a door is refused in words, in Chinese and English,
or read: nothing is valued in silence, nothing ends the service. `tests/security`
holds the cases by name, `make faults` runs them in full.

## Files

The bytes decide what a file is, not its name. Uploads, drafts and imports of deals
are opened by [child processes](decisions/0040-files-in-children.md), which see no
setting and no secret; commands open files in their own process, after the same
checks.

| bound | figure |
|---|---|
| memory of a child for a file, beyond what it has when idle | {least_memory} MB and \
{per_byte} times its size, at most {largest_memory} MB |
| seconds of the processor for each step | {cpu} and {cpu_megabyte:g} a megabyte |
| seconds of the clock for each step | {wall:g} and {wall_megabyte:g} a megabyte |
| files that a child opens before a fresh one takes its place | {files}, or {bytes} \
MB |
| columns of a sheet, a csv or a parquet file, and headers of a table that are \
corrected by hand | {columns:,} |
| cells of a sheet, its rectangle from A1 on | {cells:,} |
| parts and sheets of a workbook | {parts:,} and {sheets} |
| what a workbook unpacks to | {unpacked} MB; a part at most {ratio} times its size \
|
| a line of a csv | {line} MB |
| the footer of a parquet file | {footer} MB |
| what a parquet file says it decodes to | {decoded} MB |

HTML tables and workbooks in XML that are saved as .xls are read by their tags alone:
no script, style or entity of their own, at most {sheets} tables, the columns and cells
of a sheet.

Refused before anything reads the cells: macros, encrypted workbooks (send one without
a password), a declared document type or entities, parts that overlap, stand twice,
lead out of the archive or have lost their address, packed files (unpack them), UTF-32
and UTF-7, NUL, columns within columns. Values that other workbooks lend are read as
last saved, with a warning; nothing is ever fetched and no formula is run. A number
beside a mark of a footnote (`100①`, `100²`) or in the digits of another script is no
number; characters that are not seen do not tell identifiers apart.

## Requests

| bound | figure |
|---|---|
| body | `RECOUP_LARGEST_BODY_BYTES`, {body} MB: 413 |
| time for a body | `RECOUP_BODY_DEADLINE_SECONDS`, {deadline:g} s, and {pause:g} s \
without a byte: 408 |
| bodies at a time | {at_a_time} of the largest size: 503 with `Retry-After` |
| time for a header | {header:g} s, then the connection is closed |
| a header and its lines | {header_bytes} kB and {headers}: 431 |
| an answer that is not read | {unread:g} s, then the connection is closed |
| between requests of one connection | {keep_alive} s |
| connections of a process | {connections:,}: 503 with `Retry-After` |

JSON is UTF-8 without NaN, Infinity, keys that stand twice or nesting without end;
unknown fields are refused, as are bodies that are compressed or called anything but
`application/json`, and parameters of an address or parts of a form that the route has
not or that stand twice. A length and pieces at once, two lengths, and every other way
to make two servers see two requests in one is a 400 and the end of the connection.

## What was measured

`make faults`, on two cores that others used as well:

| row | figure |
|---|---|
| named cases | 171 files at three doors and 341 requests, 51 of them over a bare \
socket: no status of 500 or above, no valuation recorded |
| requests made from the OpenAPI document | more than 10,000, no failure |
| 1,000 clients that stall in eight ways | all let go within 30 s |
| 16 kinds of bombs | 4xx within 5 s, server and children within 200 MB |
"""


def markdown() -> str:
    """The page."""
    settings = Settings()
    return TEXT.format(
        least_memory=allowance.LEAST_MEMORY_BYTES // MEGABYTE,
        per_byte=allowance.MEMORY_PER_BYTE,
        largest_memory=allowance.LARGEST_MEMORY_BYTES // MEGABYTE,
        cpu=allowance.LEAST_CPU_SECONDS,
        cpu_megabyte=allowance.CPU_SECONDS_PER_MEGABYTE,
        wall=allowance.LEAST_WALL_SECONDS,
        wall_megabyte=allowance.WALL_SECONDS_PER_MEGABYTE,
        files=asking.MOST_FILES,
        bytes=asking.MOST_BYTES // MEGABYTE,
        columns=archive.MAX_COLUMNS,
        cells=archive.MAX_CELLS,
        parts=parts.MAX_ENTRIES,
        sheets=parts.MAX_SHEETS,
        unpacked=parts.MAX_UNPACKED_BYTES // MEGABYTE,
        ratio=parts.MAX_RATIO,
        line=delimited.MAX_LINE_BYTES // MEGABYTE,
        footer=parquet.MAX_FOOTER_BYTES // MEGABYTE,
        decoded=parquet.MAX_DECODED_BYTES // MEGABYTE,
        body=settings.largest_body_bytes // MEGABYTE,
        deadline=settings.body_deadline_seconds,
        pause=body_guard.PAUSE_SECONDS,
        at_a_time=body_guard.LARGEST_AT_A_TIME,
        header=connections.HEADER_SECONDS,
        header_bytes=connections.MOST_HEADER_BYTES // 1024,
        headers=connections.MOST_HEADERS,
        unread=connections.WRITE_SECONDS,
        keep_alive=connections.KEEP_ALIVE_SECONDS,
        connections=connections.MOST_CONNECTIONS,
    )


@click.command()
def program() -> None:
    """Print the page."""
    click.echo(markdown(), nl=False)


if __name__ == "__main__":
    program()
