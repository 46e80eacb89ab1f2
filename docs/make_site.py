"""What MkDocs needs to make a site of documents that are written for the repository.

Links between documents are the repository's, so that they work there. On the site the
README, the changelog and the notebooks stand beside the pages of docs/, other files
that a page names are handed out as they are, and links are turned accordingly.
"""

import json
import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
# Where documents of the repository stand on the site.
PAGES = {
    "README.md": "overview.md",
    "README.zh.md": "overview.zh.md",
    "CHANGELOG.md": "changelog.md",
}
NOTEBOOKS = "notebooks"
LINK = re.compile(r"(\]\()([^)\s#:]+)(#[^)\s]*)?(\))")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Give headings the anchors of the repository, and list decisions and notebooks."""
    config.mdx_configs.setdefault("toc", {})["slugify"] = anchor
    config.nav = [_filled(section) for section in config.nav or ()]
    return config


def _filled(section: Any) -> Any:
    if section == {"Decisions": []}:
        pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
        return {"Decisions": [f"decisions/{page.name}" for page in pages]}
    if section == {"Notebooks": []}:
        return {"Notebooks": [_page_of(notebook) for notebook in _notebooks()]}
    return section


def _notebooks() -> list[Path]:
    return sorted((ROOT / NOTEBOOKS).glob("*.ipynb"))


def _page_of(notebook: Path) -> str:
    return f"{NOTEBOOKS}/{notebook.stem}.md"


def anchor(heading: str, _separator: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the documents that stand outside of docs/."""
    for source, target in PAGES.items():
        text = (ROOT / source).read_text("utf-8")
        files.append(File.generated(config, target, content=text))
    for notebook in _notebooks():
        page = as_page(notebook)
        files.append(File.generated(config, _page_of(notebook), content=page))
    for source in _handed_out(files):
        content = (ROOT / source).read_bytes()
        files.append(File.generated(config, f"files/{source}", content=content))
    return files


def as_page(notebook: Path) -> str:
    """A notebook as a page: its text and code."""
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    parts = ("".join(cell["source"]) for cell in cells)
    return "\n\n".join(
        f"```python\n{part}\n```" if cell["cell_type"] == "code" else part
        for cell, part in zip(cells, parts, strict=True)
    )


def on_page_markdown(
    markdown: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Turn the links of a page, which lead through the repository."""
    del config
    return LINK.sub(lambda link: _turned(link, page.file.src_uri, files), markdown)


def _turned(link: re.Match[str], page: str, files: Files) -> str:
    before, target, section, after = link.groups()
    found = _on_site(_in_repository(target, _source(page)), files)
    if found is None:
        return link[0]
    turned = posixpath.relpath(found, posixpath.dirname(page) or ".")
    return f"{before}{turned}{section or ''}{after}"


def _source(page: str) -> str:
    """Path in the repository of a page of the site."""
    moved = {target: source for source, target in PAGES.items()}
    notebook = page.startswith(NOTEBOOKS)
    return moved.get(page) or (page if notebook else f"docs/{page}")


def _in_repository(target: str, source: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), target))


def _on_site(path: str, files: Files) -> str | None:
    """The page or file of the site that a path in the repository is, if any."""
    if path == NOTEBOOKS:
        return _page_of(_notebooks()[0])
    known = PAGES.get(path) or path.removeprefix("docs/").replace(".ipynb", ".md")
    handed_out = f"files/{path}"
    return next((p for p in (known, handed_out) if files.get_file_from_path(p)), None)


def _handed_out(files: Files) -> set[str]:
    """Files of the repository that pages name and that are no pages."""
    named = {
        _in_repository(target, _source(file.src_uri))
        for file in files.documentation_pages()
        for _, target, *_ in LINK.findall(FENCE.sub("", file.content_string))
    }
    return {
        path
        for path in named
        if (ROOT / path).is_file() and _on_site(path, files) is None
    }
