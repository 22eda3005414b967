"""Reading files of any kind into one data set: formats, labels, splits, and what was found on the way."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from bioseq.errors import BioseqError, Severity
from bioseq.sequences import quality
from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.dataset import NO_LABEL, Dataset, Split, natural_key
from bioseq.sequences.encodings import Utf8Blocks
from bioseq.sequences.fasta import read_fasta
from bioseq.sequences.fasta_parts import read_fasta_in_parts
from bioseq.sequences.file_names import find_labels, find_splits
from bioseq.sequences.findings import Finding, Occurrence, sort_findings
from bioseq.sequences.formats import FORMATS
from bioseq.sequences.header_classes import read_classes_behind_blank, read_classes_with_blanks
from bioseq.sequences.label_sheets import LabelSheet, match_ids, read_label_sheet
from bioseq.sequences.label_texts import LabelRules, apply_rules, tidy_label
from bioseq.sequences.molecule_doubt import find_molecule_doubts, guess_with_names
from bioseq.sequences.molecules import fold_case, guess_from_counts
from bioseq.sequences.other_formats import read_other_format
from bioseq.sequences.ragged import offsets_of
from bioseq.sequences.records import NO_CODE, Choice, Note, Records
from bioseq.sequences.sniffing import FileKind, classify, sniff
from bioseq.sequences.streams import read_blocks
from bioseq.sequences.table_columns import ROLES, ColumnNames, find_sequences, list_names, names_label_sheet
from bioseq.sequences.tables import read_delimited, read_workbook, sheet_table, text_table
from bioseq.sequences.text_column import TextColumn
from bioseq.sequences.two_part_headers import with_labels_of_two_parts
from bioseq.sequences.wording import counted
from bioseq.sequences.workbooks import read_worksheets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from bioseq.sequences.files import FileRequest, Role

LabelSource = Literal["header", "file", "column", "sheet", "none"]

_WITH_HEADERS = ("fasta", "old_fasta", "ig", *(name for name, facts in FORMATS.items() if facts.group == "alignment"))
"""Formats whose headers people write by themselves; those of FASTQ and of databases follow rules of their own."""
_MOST_CLASSES = 32_767
_LABELS_KEPT = 1_000
_TABLES = ("csv", "tsv", "xlsx")
_ROLE_SPLITS: dict[str, Split] = {"train": Split.TRAIN, "validation": Split.VALIDATION, "test": Split.TEST}
_HEAD_ROWS = 500
_HEAD_LETTERS = 1 << 16
"""So much of a table tells whether it holds sequences."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the person said of labels and columns; the words are those of `[data]` in a configuration.

    Attributes:
        label_source: Where labels stand.
        label_sheet: Table of ids and labels.
        id_column: Name of the column of ids; empty to detect it, as all further columns.
        sequence_column: Name of the column of sequences.
        label_column: Name of the column of labels.
        split_column: Name of the column of splits.
        rules: What labels mean.
        lenient: A named column that a table lacks is detected: the names are those of other files.
    """

    label_source: Literal["auto", "header", "file", "column", "sheet", "none"] = "auto"
    label_sheet: Path | None = None
    id_column: str = ""
    sequence_column: str = ""
    label_column: str = ""
    split_column: str = ""
    rules: LabelRules = field(default_factory=LabelRules)
    lenient: bool = False


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What one file holds.

    Attributes:
        path: The file.
        format: One of `formats.FORMATS`: "fasta", "genbank", "csv", ...
        compression: "", "gzip", "bzip2", "xz" or "zstd".
        bytes: Size of the file.
        records: Its records.
        residues: Their letters.
        shortest: Length of the shortest record, letters.
        median: Median length, letters.
        longest: Length of the longest record, letters.
        molecule: What its own letters spell.
        molecule_confidence: Share of letters that agree with it, [0, 1].
        label_source: Where the labels of its records come from.
        label_counts: Label to records; "" counts those without.
        split_counts: Split name to records: "unassigned", "train", "validation", "test"; only those that occur.
        role: What the file is taken for.
        findings: What was found in this file; rows are those of the whole data set.
        choices: Which columns and worksheets of a table were taken, and which there are.
        written_labels: Label as the file writes it to records, before classes were joined or cut; the most frequent.
    """

    path: str
    format: str
    compression: str
    bytes: int
    records: int
    residues: int
    shortest: int
    median: float
    longest: int
    molecule: Molecule
    molecule_confidence: float
    label_source: LabelSource
    label_counts: dict[str, int]
    split_counts: dict[str, int]
    role: Role
    findings: tuple[Finding, ...]
    choices: tuple[Choice, ...] = ()
    written_labels: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """All files, read.

    Attributes:
        dataset: All records as read: raw letters, nothing left out.
        molecule: What they are made of, detected or as the person said.
        molecule_confidence: Share of letters that agree with it, [0, 1].
        sources: One report per file, in the order read.
        findings: All that is odd or wrong; what matters most stands first.
        label_sheet: A table among the files that holds no records but tells the labels of those in the others.
    """

    dataset: Dataset
    molecule: Molecule
    molecule_confidence: float
    sources: tuple[SourceReport, ...]
    findings: tuple[Finding, ...]
    label_sheet: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class _Source:
    """One file on its way: what was read, then with labels and splits settled."""

    request: FileRequest
    kind: FileKind
    records: Records
    label_source: LabelSource = "none"
    written_labels: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return Path(self.request.path).name


def expand_paths(paths: Iterable[Path | str]) -> list[Path]:
    """The files among these paths and in these folders, each once.

    Of a folder, files of sequences are taken, those in folders below too; hidden ones are passed over, and so are runs
    and studies, whose tables were made from data that is elsewhere.

    Raises:
        BioseqError: A path does not exist, or a folder holds no file of sequences.
    """
    files: list[Path] = []
    for path in map(Path, paths):
        if not path.is_dir():
            if not path.exists():
                raise BioseqError(
                    "data.no_such_file", "There is no such file.", where=str(path), remedy="Check its name and place."
                )
            files.append(path)
            continue
        inside = [file for file in _files_below(path) if classify(file) == "sequences"]
        if not inside:
            raise BioseqError(
                "data.no_sequences_in_folder",
                "The folder holds no file of sequences.",
                where=str(path),
                remedy="Choose another folder, or the files themselves; runs and studies are passed over.",
            )
        files.extend(inside)
    return list(dict.fromkeys(files))


def _files_below(folder: Path) -> list[Path]:
    """Files of a folder that a person may have put there, in natural order."""
    files: list[Path] = []
    for place, folders, names in os.walk(folder):
        if classify(place) in ("run", "study"):
            folders.clear()
            continue
        folders[:] = [name for name in folders if not name.startswith(".")]
        files.extend(Path(place, name) for name in names if not name.startswith("."))
    return sorted((file for file in files if file.is_file()), key=lambda file: natural_key(str(file)))


def read_files(
    requests: Sequence[FileRequest],
    options: ReadOptions | None = None,
    *,
    molecule: Molecule | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Reading:
    """Read files into one data set.

    Args:
        requests: The files, and what the person said of each.
        options: Where labels and columns stand; detected by default.
        molecule: What the sequences are made of, when the person said so; else it is detected from all letters.
        progress: Told the bytes read and the bytes of all files; may raise to end the reading.

    Raises:
        BioseqError: A file cannot be read or understood; its name stands in `where`.
    """
    options = options or ReadOptions()
    sizes = _sizes(requests)
    sheet = _sheet_among(requests, options)
    if sheet:
        kept = [number for number, request in enumerate(requests) if request.path != sheet]
        requests, sizes = [requests[number] for number in kept], [sizes[number] for number in kept]
        options = replace(options, label_sheet=Path(sheet))
    sources: list[_Source] = []
    for number, request in enumerate(requests):
        report = _part_of(progress, sum(sizes[:number]), sum(sizes))
        sources.append(_read(request, options, report))
        report(sizes[number])
    sources = list(_settled(_with_two_part_labels(sources, options), options))
    reading = _assembled(sources, sizes, molecule)
    if not sheet:
        return reading
    return replace(reading, label_sheet=sheet, findings=(*reading.findings, _sheet_found(sheet, reading.dataset)))


def read_parts(
    requests: Sequence[FileRequest],
    options: ReadOptions | None = None,
    *,
    found: Callable[[Iterable[Finding]], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Dataset]:
    """Read files a part at a time, in their order, so that memory does not grow with them.

    FASTA comes in parts of some megabytes, any other format file by file. Each part knows the labels that its own
    records tell; nothing is looked for that takes all records, such as repeats or names of files that are labels.

    Args:
        requests: The files, and what the person said of each.
        options: Where labels and columns stand; detected by default.
        found: Told what the readers saw in each part before it comes; rows count within the part.
        progress: Told the bytes read and the bytes of all files; may raise to end the reading.

    Raises:
        BioseqError: A file cannot be read or understood; its name stands in `where`.
    """
    options = options or ReadOptions()
    sizes = _sizes(requests)
    for number, request in enumerate(requests):
        report = _part_of(progress, sum(sizes[:number]), sum(sizes))
        for source in _read_in_parts(request, options, report):
            settled = list(_settled([source], options))
            dataset = _dataset(settled)
            if found is not None:
                found(_reader_findings(settled, dataset))
            yield dataset
        report(sizes[number])


def _sizes(requests: Sequence[FileRequest]) -> list[int]:
    if not requests:
        raise BioseqError("data.no_files", "No files were given.", remedy="Choose files of sequences.")
    return [_size(request.path) for request in requests]


def _part_of(progress: Callable[[int, int], None] | None, done: int, total: int) -> Callable[[int], None]:
    def report(bytes_read: int) -> None:
        if progress is not None:
            progress(min(done + bytes_read, total), total)

    return report


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError as error:
        raise BioseqError(
            "data.no_such_file",
            f"The file cannot be found: {error.strerror or error}.",
            where=path,
            remedy="Check its name and place.",
        ) from error


def _read(request: FileRequest, options: ReadOptions, progress: Callable[[int], None]) -> _Source:
    path = Path(request.path)
    kind = sniff(path)
    columns = _columns(options, request)
    blocks = _utf8_blocks(path, kind, progress)
    match kind.format:
        case "fasta":
            records = read_fasta(blocks, where=request.path)
        case "xlsx":
            records = read_workbook(path, columns, sheet=request.sheet)
        case "csv" | "tsv":
            records = read_delimited(_text(blocks), columns, where=request.path)
        case _:
            records = read_other_format(_text(blocks), kind.format, where=request.path)
    if not len(records):
        raise BioseqError(
            "data.no_records", "The file holds no records.", where=request.path, remedy="Choose another file."
        )
    records = replace(records, notes=(*blocks.notes, *records.notes, *_names_only_notes(records)))
    return _Source(request, kind, read_classes_with_blanks(records) if kind.format == "fasta" else records)


def _names_only_notes(records: Records) -> Iterator[Note]:
    """A note where a file holds names and not one letter, unless its reader told why."""
    if not len(records.letters) and not any(note.code == "sequence_not_in_file" for note in records.notes):
        yield Note(
            "names_without_letters",
            Severity.WARNING,
            counted("The file has {n} [header|headers] without letters.", len(records)),
            "Choose the file that holds the sequences too, or save it again with them.",
        )


def _read_in_parts(request: FileRequest, options: ReadOptions, progress: Callable[[int], None]) -> Iterator[_Source]:
    path = Path(request.path)
    kind = sniff(path)
    if kind.format != "fasta":
        yield _read(request, options, progress)
        return
    blocks = _utf8_blocks(path, kind, progress)
    last: Records | None = None
    for records in read_fasta_in_parts(blocks, where=request.path):
        if last is not None:
            yield _Source(request, kind, read_classes_with_blanks(last))
        last = records
    if last is not None:  # only now it is known which encoding the text had
        last = replace(last, notes=(*blocks.notes, *last.notes))
        yield _Source(request, kind, read_classes_with_blanks(last))


def _utf8_blocks(path: Path, kind: FileKind, progress: Callable[[int], None] | None = None) -> Utf8Blocks:
    """The text of a file as UTF-8, without a byte order mark; afterwards it tells which encoding it had."""
    return Utf8Blocks(
        read_blocks(path, progress=progress),
        encoding=kind.encoding or "utf-8",
        mark_bytes=kind.bom_bytes,
        where=str(path),
        again=lambda: read_blocks(path),
    )


def _text(blocks: Iterable[bytes]) -> str:
    """All of a text, with line feeds as line ends."""
    return b"".join(blocks).decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")


def _settled(sources: list[_Source], options: ReadOptions) -> Iterator[_Source]:
    """The sources with the labels and splits that count."""
    sheet = _sheet(options)
    trains = [source for source in sources if source.request.role != "predict"]
    splits = find_splits([source.name for source in trains])
    wants_names = options.label_source == "file" or (
        options.label_source == "auto"
        and sheet is None
        and len(trains) > 1
        and not any(source.records.has_labels or source.request.label for source in trains)
    )
    names = find_labels([source.name for source in trains], splits) if wants_names else {}
    labelled = []
    for source in sources:
        label = names.get(source.name, "") if source.request.role != "predict" else ""
        labelled.append(_with_labels(source, options, sheet, label))
    for source, records in zip(labelled, apply_rules([one.records for one in labelled], options.rules), strict=True):
        written = _count_labels(source.records)
        yield _with_splits(replace(source, records=records, written_labels=written), splits)


def _count_labels(records: Records) -> dict[str, int]:
    """Records of each label as it is written but for its form in Unicode, the most frequent first."""
    counts = np.bincount(records.label_codes[records.label_codes != NO_CODE], minlength=len(records.label_texts))
    labels: Counter[str] = Counter()
    for text, count in zip(records.label_texts, counts.tolist(), strict=True):
        labels[tidy_label(text)] += count
    return {label: count for label, count in labels.most_common(_LABELS_KEPT) if count}


def _columns(options: ReadOptions, request: FileRequest | None = None) -> ColumnNames:
    """Columns that the person named, for this file or for all."""
    named = {
        role: (getattr(request, f"{role}_column") if request else "") or getattr(options, f"{role}_column")
        for role in ROLES
    }
    return ColumnNames(**named, lenient=options.lenient)


def _sheet(options: ReadOptions) -> LabelSheet | None:
    if options.label_source not in ("auto", "sheet") or options.label_sheet is None:
        if options.label_source == "sheet":
            raise BioseqError(
                "data.no_label_sheet",
                "Labels shall come from a sheet, but none is named.",
                where="data.label_sheet",
                remedy="Name a table with a column of ids and a column of labels.",
            )
        return None
    path = options.label_sheet
    kind = _sheet_kind(path)
    if kind.format == "xlsx":
        sheets = [sheet for sheet in read_worksheets(path) if sheet.rows]
        if not sheets:
            raise BioseqError("data.empty_file", "The workbook is empty.", where=str(path), remedy="Choose another.")
        tables = [sheet_table(sheet) for sheet in sheets]
        table = next((one for one in tables if names_label_sheet(one)), tables[0])
    else:
        table, _ = text_table(_text(_utf8_blocks(path, kind)), where=str(path))
    return read_label_sheet(table, _columns(options), where=str(path))


def _sheet_among(requests: Sequence[FileRequest], options: ReadOptions) -> str:
    """The only table among the files that tells labels and holds no sequences; empty where there is none."""
    if options.label_sheet is not None or options.label_source not in ("auto", "sheet") or len(requests) < 2:
        return ""
    if options.sequence_column:
        return ""
    sheets = [
        request.path
        for request in requests
        if request.role == "auto" and not request.label and _is_label_sheet(Path(request.path))
    ]
    return sheets[0] if len(sheets) == 1 else ""


def _is_label_sheet(path: Path) -> bool:
    """Whether the first rows of a file are those of a label sheet; what cannot be read is none."""
    try:
        kind = sniff(path)
        if kind.format == "xlsx":
            sheets = [sheet for sheet in read_worksheets(path, first_rows=_HEAD_ROWS) if sheet.rows]
            tables = [sheet_table(sheet) for sheet in sheets]
            return any(map(names_label_sheet, tables)) and not any(map(find_sequences, tables))
        if kind.format not in _TABLES:
            return False
        text = next(_utf8_blocks(path, kind), b"").decode("utf-8", "replace")
        whole = text if len(text) < _HEAD_LETTERS else text[:_HEAD_LETTERS].rpartition("\n")[0]
        return names_label_sheet(text_table(whole, where=str(path))[0])
    except BioseqError:
        return False  # it is told when the file itself is read


def _sheet_found(sheet: str, dataset: Dataset) -> Finding:
    named = int(np.count_nonzero(dataset.labels != NO_LABEL))
    return Finding(
        "label_sheet_found",
        Severity.INFO,
        f"The table '{Path(sheet).name[:60]}' holds no sequences and is read as the label sheet: it tells the class of "
        f"{named:,} of {len(dataset):,} records.",
        "Set where labels come from if this is not meant.",
        1,
        (Occurrence(-1, "", sheet, 0),),
        "data.label_sheet",
    )


def _with_two_part_labels(sources: list[_Source], options: ReadOptions) -> list[_Source]:
    """The sources with the labels in headers of two parts, where nothing else tells labels."""
    learnt = [source for source in sources if source.request.role != "predict"]
    told = any(source.records.has_labels or source.request.label for source in learnt)
    other_kinds = any(source.kind.format not in _WITH_HEADERS for source in learnt)
    if told or other_kinds or options.label_sheet is not None or options.label_source not in ("auto", "header"):
        return sources
    files = [source.records for source in learnt]
    labelled = with_labels_of_two_parts(files) or read_classes_behind_blank(files)
    if labelled is None:
        return sources
    found = dict(zip(map(id, learnt), labelled, strict=True))
    return [replace(source, records=found.get(id(source), source.records)) for source in sources]


def _sheet_kind(path: Path) -> FileKind:
    kind = sniff(path)
    if kind.format not in _TABLES:
        raise BioseqError(
            "data.no_label_sheet",
            "The label sheet is not a table.",
            where=str(path),
            remedy="Give a CSV, TSV or XLSX file with a column of ids and a column of labels.",
        )
    return kind


def _with_labels(source: _Source, options: ReadOptions, sheet: LabelSheet | None, name_label: str) -> _Source:
    records = source.records
    own: LabelSource = "column" if source.kind.format in _TABLES else "header"
    if options.label_source == "none":
        return _relabelled(source, "none", np.full(len(records), NO_CODE, np.int32), ())
    if source.request.label:
        return _one_label(source, source.request.label)
    if sheet is not None:
        return _from_sheet(source, sheet)
    if records.has_labels and options.label_source in ("auto", own):
        return replace(source, label_source=own)
    if name_label:
        return _one_label(source, name_label)
    return _relabelled(source, "none", np.full(len(records), NO_CODE, np.int32), ())


def _relabelled(
    source: _Source, origin: LabelSource, codes: NDArray[np.int32], texts: tuple[str, ...], *notes: Note
) -> _Source:
    records = replace(source.records, label_codes=codes, label_texts=texts, notes=source.records.notes + notes)
    return replace(source, records=records, label_source=origin)


def _one_label(source: _Source, label: str) -> _Source:
    records = source.records
    codes = np.zeros(len(records), np.int32)
    differing = np.array([text != label for text in records.label_texts] or [False])
    other = np.flatnonzero((records.label_codes != NO_CODE) & differing[np.maximum(records.label_codes, 0)])
    notes = () if not len(other) else (
        Note(
            "label_of_file_counts",
            Severity.INFO,
            "{n} [header names|headers name] another label than the one set for the file.",
            f"The label of the file counts: '{label[:60]}'.",
            tuple(other.tolist()),
        ),
    )  # fmt: skip
    return _relabelled(source, "file", codes, (label,), *notes)


def _from_sheet(source: _Source, sheet: LabelSheet) -> _Source:
    found, how = match_ids(sheet.labels, source.records.ids)
    texts: dict[str, int] = {}
    codes = np.fromiter(
        (texts.setdefault(label, len(texts)) if label else NO_CODE for label in found), np.int32, len(source.records)
    )
    if np.all(codes == NO_CODE):
        some = next(iter(sheet.labels), "")
        note = Note(
            "sheet_does_not_match",
            Severity.WARNING,
            "The label sheet names none of the records of a file.",
            f"Its column '{sheet.id_column[:40]}' holds ids such as '{some[:60]}'; the file has "
            f"'{source.records.ids[0][:60]}'.",
            setting="data.label_sheet",
        )
        return _relabelled(source, "none", codes, (), note)
    compared = f" Ids are compared {how}." if how else ""
    note = Note(
        "labels_from_sheet",
        Severity.INFO,
        f"Labels come from the column '{sheet.label_column[:60]}' of the label sheet, by its column "
        f"'{sheet.id_column[:60]}'.",
        f"Its columns are {list_names(sheet.names)}.{compared} Name another in data.label_column if this is not meant.",
        setting="data.label_column",
    )
    return _relabelled(source, "sheet", codes, tuple(texts), note)


def _with_splits(source: _Source, named_splits: Mapping[str, Split]) -> _Source:
    """The person's word counts first, then the headers', then the file's name."""
    records = source.records
    role = _ROLE_SPLITS.get(source.request.role)
    own = records.splits != Split.UNASSIGNED
    if role is not None:
        other = np.flatnonzero(own & (records.splits != role))
        notes = records.notes
        if len(other):
            notes += (
                Note(
                    "role_of_file_counts",
                    Severity.INFO,
                    "{n} [header names|headers name] another split than the one set for the file.",
                    f"The file is used as {source.request.role}.",
                    tuple(other.tolist()),
                ),
            )
        splits = np.full(len(records), role, np.uint8)
        return replace(source, records=replace(records, splits=splits, notes=notes))
    named = named_splits.get(source.name)
    if named is None or own.any() or not records.has_labels or source.request.role == "predict":
        return source
    note = Note(
        "split_from_file_name",
        Severity.INFO,
        f"The name of a file says that its records are for {named.name.lower()}.",
        "Set what the file is used for if this is not meant.",
    )
    splits = np.full(len(records), named, np.uint8)
    return replace(source, records=replace(records, splits=splits, notes=(*records.notes, note)))


def _assembled(sources: list[_Source], sizes: list[int], molecule: Molecule | None) -> Reading:
    dataset = _dataset(sources)
    counts = np.sum([source.records.counts for source in sources], axis=0)
    guessed, confidence = guess_with_names(counts, [source.name for source in sources])
    if molecule is not None and molecule is not guessed:
        confidence = _agreement(counts, molecule)
    used = molecule or guessed
    reader_findings = list(_reader_findings(sources, dataset))
    if molecule is None:
        reader_findings.extend(_molecule_findings(sources, dataset, guessed))
    reader_findings.extend(_name_findings(sources))
    everything = (*reader_findings, *quality.find(dataset, used))
    findings = sort_findings(everything)
    labelled = any(source.records.has_labels for source in sources)
    reports = tuple(
        _report(source, size, dataset, number, findings, labelled)
        for number, (source, size) in enumerate(zip(sources, sizes, strict=True))
    )
    return Reading(dataset, used, confidence, reports, findings)


def _agreement(counts: NDArray[np.int64], molecule: Molecule) -> float:
    legal = set(ALPHABETS[molecule].legal) | (set() if molecule is Molecule.PROTEIN else set("TU"))
    folded = fold_case(counts)
    return float(sum(int(folded[ord(letter)]) for letter in legal)) / max(1, int(folded.sum()))


def _dataset(sources: list[_Source]) -> Dataset:
    names = tuple(sorted({text for source in sources for text in _used_labels(source.records)}, key=natural_key))
    if len(names) > _MOST_CLASSES:
        raise BioseqError(
            "data.too_many_classes",
            f"There are {len(names):,} different labels.",
            where=sources[0].request.path,
            remedy="Check that the label is a class, not a name or a measured value.",
        )
    place = {name: code for code, name in enumerate(names)}
    records = [source.records for source in sources]
    labels = [_codes(part, place) for part in records]
    dataset = Dataset(
        letters=records[0].letters if len(records) == 1 else np.concatenate([part.letters for part in records]),
        offsets=offsets_of(np.concatenate([np.diff(part.offsets) for part in records])),
        ids=records[0].ids if len(records) == 1 else TextColumn.concatenate(part.ids for part in records),
        descriptions=TextColumn.concatenate(part.descriptions for part in records),
        labels=np.concatenate(labels),
        label_names=names,
        splits=np.concatenate([part.splits for part in records]),
        lines=np.concatenate([_narrow(part.lines) for part in records]),
        sources=tuple(source.request.path for source in sources),
        source_starts=np.cumsum([0, *(len(part) for part in records)]).astype(np.int64),
    )
    return dataset.with_counts(np.sum([part.counts for part in records], axis=0))


def _narrow(lines: NDArray[np.int64]) -> NDArray[np.uint32] | NDArray[np.int64]:
    return lines.astype(np.uint32) if len(lines) == 0 or int(lines[-1]) < 1 << 32 else lines


def _used_labels(records: Records) -> list[str]:
    used = np.unique(records.label_codes)
    return [records.label_texts[code] for code in used.tolist() if code != NO_CODE]


def _codes(records: Records, place: dict[str, int]) -> NDArray[np.int16]:
    table = np.array([place.get(text, NO_LABEL) for text in records.label_texts] + [NO_LABEL], np.int16)
    codes: NDArray[np.int16] = table[records.label_codes]
    return codes


def _reader_findings(sources: list[_Source], dataset: Dataset) -> Iterator[Finding]:
    """What the readers noted, notes of one kind from several files together."""
    notes: dict[tuple[str, str], list[tuple[int, Note]]] = {}
    for number, source in enumerate(sources):
        for note in source.records.notes:
            notes.setdefault((note.code, note.message), []).append((number, note))
    for (code, message), group in notes.items():
        rows = [(int(dataset.source_starts[number]) + row) for number, note in group for row in note.rows]
        details = list(
            chain.from_iterable(
                (note.details[place] if place < len(note.details) else "" for place in range(len(note.rows)))
                for _, note in group
            )
        )
        first = group[0][1]
        yield Finding(
            code,
            first.severity,
            counted(message, len(rows)),
            first.remedy,
            max(1, len(rows)),
            quality.occurrences_of(dataset, rows, details.__getitem__)
            if rows
            else tuple(Occurrence(-1, "", sources[number].request.path, 0) for number, _ in group),
            first.setting,
        )


def _molecule_findings(sources: list[_Source], dataset: Dataset, guessed: Molecule) -> Iterator[Finding]:
    names, counts = [source.name for source in sources], [source.records.counts for source in sources]
    return find_molecule_doubts(names, counts, dataset, guessed)


def _name_findings(sources: list[_Source]) -> Iterator[Finding]:
    named = [source for source in sources if source.label_source == "file" and not source.request.label]
    if named:
        listed = ", ".join(f"'{source.records.label_texts[0]}'" for source in named[:6])
        yield Finding(
            "labels_from_file_names",
            Severity.INFO,
            f"The labels come from the names of the files: {listed}{' ...' if len(named) > 6 else ''}.",
            "Set the class of a file, or where labels come from, if this is not meant.",
            len(named),
            tuple(Occurrence(-1, "", s.request.path, 0, s.records.label_texts[0]) for s in named),
            "data.label_source",
        )


def _report(
    source: _Source, size: int, dataset: Dataset, number: int, findings: tuple[Finding, ...], labelled: bool
) -> SourceReport:
    records = source.records
    lengths = np.diff(records.offsets)
    molecule, confidence = guess_from_counts(records.counts)
    start, end = (int(bound) for bound in dataset.source_starts[number : number + 2])
    labels = np.bincount(dataset.labels[start:end] + 1, minlength=len(dataset.label_names) + 1)
    splits = np.bincount(records.splits, minlength=4)
    names = ("", *dataset.label_names)
    return SourceReport(
        path=source.request.path,
        format=source.kind.format,
        compression=source.kind.compression,
        bytes=size,
        records=len(records),
        residues=len(records.letters),
        shortest=int(lengths.min()),
        median=float(np.median(lengths)),
        longest=int(lengths.max()),
        molecule=molecule,
        molecule_confidence=confidence,
        label_source=source.label_source,
        label_counts={name: int(count) for name, count in zip(names, labels, strict=True) if count},
        split_counts={split.name.lower(): int(splits[split]) for split in Split if splits[split]},
        role=_role(source, splits, labelled),
        findings=_of_file(findings, source.request.path, only=len(dataset.sources) == 1),
        choices=records.choices,
        written_labels=source.written_labels,
    )


def _role(source: _Source, splits: NDArray[np.int64], labelled: bool) -> Role:
    if source.request.role != "auto":
        return source.request.role
    if labelled and not source.records.has_labels:
        return "predict"
    only: tuple[Role, ...] = ("auto", "train", "validation", "test")
    present = [split for split in Split if splits[split]]
    return only[present[0]] if len(present) == 1 else "auto"


def _of_file(findings: tuple[Finding, ...], path: str, *, only: bool) -> tuple[Finding, ...]:
    """The findings that concern a file, with its own examples."""
    if only:
        return findings
    kept = []
    for finding in findings:
        own = tuple(occurrence for occurrence in finding.occurrences if occurrence.source == path)
        if own:
            kept.append(replace(finding, occurrences=own))
    return tuple(kept)
