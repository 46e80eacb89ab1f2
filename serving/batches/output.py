"""The folder of a batch: each file is written once, by whoever's step is kept.

A worker writes under a name that holds its fence. Only once the store has kept its step
is the file renamed, and by anybody: the store says under which fence. So whatever a
late worker writes, and however late it renames, no file of another is touched.
"""

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa

from features.errors import InputError, StoreError, StoreFullError
from serving.batches.states import PassingError, words
from serving.book.address import PARTIAL, Place
from serving.book.journal import Finished, is_whole

SOURCE = "source"


class Output:
    """The folder of one batch."""

    def __init__(self, folder: Place) -> None:
        """Name the folder."""
        self.folder = folder

    def write(self, files: Mapping[str, bytes | pa.Buffer], fence: int) -> None:
        """Write files under a fence.

        Raises:
            PassingError: They cannot be written.
            StoreFullError: There is no room for them.
        """
        try:
            for name, content in files.items():
                self._fenced(name, fence).write(content)
        except StoreFullError:
            self.drop(files, fence)
            raise
        except (InputError, StoreError) as error:
            self.drop(files, fence)
            told = words("unwritten", cause=error)
            raise PassingError(told["detail"], zh=told["detail_zh"]) from error

    def place(self, names: Iterable[str], fence: int) -> None:
        """Give files their names, those that have not got them yet.

        Args:
            names: Their names.
            fence: The one that they were kept under.
        """
        for name in names:
            self._fenced(name, fence).move(self.folder.inside(name))

    def drop(self, names: Iterable[str], fence: int) -> None:
        """Remove files that were not kept."""
        for name in names:
            self._fenced(name, fence).delete()

    def absent(self, chunks: Sequence[Finished]) -> list[str]:
        """Names of chunks whose files are gone, or not what was kept."""
        sizes = {info.path: info.size for info in self.folder.files()}
        return [c.name for c in chunks if not is_whole(self.folder, c, sizes)]

    def tidy(self) -> None:
        """Remove what nobody needs any more once a batch is done."""
        self.folder.delete_partial()
        self.folder.inside(SOURCE).delete()

    def _fenced(self, name: str, fence: int) -> Place:
        folder, _, file = name.rpartition("/")
        fenced = f"{PARTIAL}{fence}-{file}"
        return self.folder.inside(f"{folder}/{fenced}" if folder else fenced)
