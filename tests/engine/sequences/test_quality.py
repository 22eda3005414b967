"""What is odd is found as a plain loop would find it; cleaning does what its policy says and tells all of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioseq.errors import BioseqError, Severity
from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.cleaning import (
    AMBIGUOUS_REPLACED,
    ILLEGAL_REPLACED,
    SHORTENED,
    Cleaned,
    CleaningPolicy,
    clean,
)
from bioseq.sequences.dataset import NO_LABEL, Dataset, Split
from bioseq.sequences.findings import EXAMPLES_KEPT, Finding
from bioseq.sequences.quality import find

texts = st.text(st.sampled_from("ACGTUNRXacgtu-.*1LE"), max_size=8)
drawn_rows = st.lists(
    st.tuples(texts, st.sampled_from(["0", "1", "2", None]), st.sampled_from(list(Split))), min_size=1, max_size=25
)
molecules = st.sampled_from(Molecule)
policies = st.builds(
    CleaningPolicy,
    illegal_letters=st.sampled_from(["drop", "replace"]),
    ambiguous_letters=st.sampled_from(["drop", "replace"]),
    gaps=st.sampled_from(["replace", "remove"]),
    repeated_sequences=st.sampled_from(["keep", "drop"]),
    conflicting_labels=st.sampled_from(["keep", "drop"]),
    test_in_train=st.sampled_from(["keep", "drop_from_train", "drop_from_test"]),
    longest=st.sampled_from([0, 0, 1, 3, 5]),
    shorten=st.sampled_from(["keep_start", "keep_end", "keep_ends"]),
)
Drawn = list[tuple[str, str | None, Split]]


def dataset_of(drawn: Drawn) -> Dataset:
    return Dataset.from_records([r[0] for r in drawn], labels=[r[1] for r in drawn], splits=[r[2] for r in drawn])


def found(dataset: Dataset, molecule: Molecule) -> dict[str, Finding]:
    return {finding.code: finding for finding in find(dataset, molecule)}


def rows_of(findings: dict[str, Finding], code: str) -> list[int]:
    return [occurrence.row for occurrence in findings[code].occurrences] if code in findings else []


def key(sequence: str, molecule: Molecule) -> str:
    return sequence.upper() if molecule is Molecule.PROTEIN else sequence.upper().replace("U", "T")


@given(drawn_rows, molecules)
def test_letters_are_judged_as_by_a_plain_loop(drawn: Drawn, molecule: Molecule) -> None:
    findings = found(dataset_of(drawn), molecule)
    alphabet = ALPHABETS[molecule]
    nucleic = molecule is not Molecule.PROTEIN
    legal = set(alphabet.legal) | set("TU" if nucleic else "*") | set("-.~")
    sequences = [sequence for sequence, _, _ in drawn]
    expected = {
        "illegal_letters": [row for row, text in enumerate(sequences) if set(text.upper()) - legal],
        "ambiguous_letters": [row for row, text in enumerate(sequences) if set(text.upper()) & set(alphabet.ambiguity)],
        "rare_amino_acids": [row for row, text in enumerate(sequences) if set(text.upper()) & set(alphabet.rare)],
        "gaps": [row for row, text in enumerate(sequences) if set(text) & set("-.~")],
        "lower_case": [row for row, text in enumerate(sequences) if text != text.upper()],
        "stops": [row for row, text in enumerate(sequences) if "*" in text and not nucleic],
        "empty_records": [row for row, text in enumerate(sequences) if not text],
        "all_unknown": [
            row
            for row, text in enumerate(sequences)
            if text and not set(text.upper()) & (set(alphabet.residues) | set("TU" if nucleic else ""))
        ],
    }
    if nucleic and molecule is Molecule.DNA:
        # Ambiguity codes of nucleotides hold no U; T and U are residues of both.
        expected["ambiguous_letters"] = [r for r, t in enumerate(sequences) if set(t.upper()) & set("RYSWKMBDHVN")]
    for code, rows in expected.items():
        assert rows_of(findings, code) == rows, code


@given(drawn_rows, molecules)
def test_repeats_leaks_and_conflicts_are_those_of_a_plain_loop(drawn: Drawn, molecule: Molecule) -> None:
    findings = found(dataset_of(drawn), molecule)
    keys = [key(sequence, molecule) for sequence, _, _ in drawn]
    learnt = {
        keys[row]
        for row, (_, label, split) in enumerate(drawn)
        if split in (Split.TRAIN, Split.VALIDATION) or (split is Split.UNASSIGNED and label is not None)
    }
    labels_of: dict[str, set[str]] = {}
    for row, (_, label, _) in enumerate(drawn):
        if label is not None:
            labels_of.setdefault(keys[row], set()).add(label)
    assert rows_of(findings, "duplicate_sequences") == [r for r, k in enumerate(keys) if k and k in keys[:r]]
    assert rows_of(findings, "test_in_train") == [
        r for r, k in enumerate(keys) if k and drawn[r][2] is Split.TEST and k in learnt
    ]
    assert rows_of(findings, "conflicting_labels") == [
        r for r, k in enumerate(keys) if k and drawn[r][1] is not None and len(labels_of[k]) > 1
    ]


@given(drawn_rows, molecules, policies)
def test_cleaned_records_keep_the_promises_of_the_policy(
    drawn: Drawn, molecule: Molecule, policy: CleaningPolicy
) -> None:
    dataset = dataset_of(drawn)
    try:
        cleaned = clean(dataset, molecule, policy)
    except BioseqError as error:
        assert error.code == "data.nothing_left"  # noqa: PT017
        return
    alphabet = ALPHABETS[molecule]
    assert set(cleaned.dataset.letters.tobytes().decode()) <= set(alphabet.residues + alphabet.unknown)
    assert cleaned.dataset.lengths.min() > 0
    assert np.all(np.diff(cleaned.kept_rows) > 0)
    assert len(cleaned.row_flags) == len(cleaned.kept_rows) == len(cleaned.dataset)
    assert np.array_equal(cleaned.dataset.labels, dataset.labels[cleaned.kept_rows])
    if policy.longest:
        assert cleaned.dataset.lengths.max() <= policy.longest
    if policy.test_in_train != "keep":
        assert "test_in_train" not in found(cleaned.dataset, molecule) or _replaced(cleaned)
    left_out = set(range(len(dataset))) - set(cleaned.kept_rows.tolist())
    said = {o.row for f in cleaned.findings if f.code.startswith("dropped_") for o in f.occurrences}
    assert left_out == said


def _replaced(cleaned: Cleaned) -> bool:
    """Sequences that differed in letters read as unknown may have become equal."""
    return bool(np.any(cleaned.row_flags & (ILLEGAL_REPLACED | AMBIGUOUS_REPLACED)))


@given(drawn_rows, molecules, policies)
def test_each_kept_sequence_is_the_one_a_plain_loop_writes(
    drawn: Drawn, molecule: Molecule, policy: CleaningPolicy
) -> None:
    dataset = dataset_of(drawn)
    try:
        cleaned = clean(dataset, molecule, policy)
    except BioseqError:
        return
    alphabet = ALPHABETS[molecule]
    for place, row in enumerate(cleaned.kept_rows.tolist()):
        raw = drawn[row][0].upper()
        if policy.gaps == "remove":
            raw = raw.replace("-", "").replace(".", "")
        if molecule is Molecule.PROTEIN:
            raw = raw.rstrip("*")
        else:
            raw = raw.replace("U", "T").replace("T", alphabet.residues[3])
        plain = "".join(letter if letter in alphabet.residues else alphabet.unknown for letter in raw)
        flags = int(cleaned.row_flags[place])
        assert bool(flags & AMBIGUOUS_REPLACED) == bool(set(raw) & set(alphabet.ambiguity + alphabet.rare))
        assert bool(flags & ILLEGAL_REPLACED) == bool(set(raw) - set(alphabet.legal))
        assert bool(flags & SHORTENED) == bool(policy.longest and len(plain) > policy.longest)
        if flags & SHORTENED:
            head = {"keep_start": policy.longest, "keep_end": 0}.get(
                policy.shorten, policy.longest - policy.longest // 2
            )
            plain = plain[:head] + plain[len(plain) - (policy.longest - head) :]
        assert cleaned.dataset.sequence(place) == plain


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        (CleaningPolicy(illegal_letters="stop"), "data.illegal_letters"),
        (CleaningPolicy(ambiguous_letters="stop"), "data.ambiguous_letters"),
        (CleaningPolicy(conflicting_labels="stop", test_in_train="keep"), "data.conflicting_labels"),
        (CleaningPolicy(test_in_train="stop"), "data.test_in_train"),
    ],
)
def test_the_policy_to_stop_names_the_record(policy: CleaningPolicy, code: str) -> None:
    dataset = Dataset.from_records(
        ["ACGT", "ACGT", "ACGT", "AC1T", "ACRT"],
        labels=["0", "1", "0", "1", "1"],
        splits=[Split.TRAIN, Split.TRAIN, Split.TEST, Split.TRAIN, Split.TRAIN],
        source="set.fa",
    )
    with pytest.raises(BioseqError) as stop:
        clean(dataset, Molecule.DNA, policy)
    assert stop.value.code == code
    assert stop.value.where.startswith("set.fa, line ")
    assert "record_" in stop.value.message


def test_repeats_go_only_within_label_and_split() -> None:
    dataset = Dataset.from_records(
        ["ACGT", "acgt", "ACGT", "ACGT"],
        labels=["0", "0", "1", "0"],
        splits=[Split.TRAIN, Split.TRAIN, Split.TRAIN, Split.VALIDATION],
    )
    cleaned = clean(dataset, Molecule.DNA, CleaningPolicy(repeated_sequences="drop"))
    assert cleaned.kept_rows.tolist() == [0, 2, 3]
    assert [finding.message for finding in cleaned.findings] == ["1 record that repeats an earlier one was left out."]


def test_repeats_and_leaks_that_appear_by_the_cut_go_as_the_policy_says() -> None:
    dataset = Dataset.from_records(
        ["ACGTAA", "ACGTCC", "ACGTGG", "TTTTAA", "GGGGAA"],
        labels=["0", "0", "0", "1", "1"],
        splits=[Split.TRAIN, Split.TRAIN, Split.TRAIN, Split.TRAIN, Split.TEST],
    )
    policy = CleaningPolicy(repeated_sequences="drop", longest=4, shorten="keep_start")
    cleaned = clean(dataset, Molecule.DNA, policy)
    assert cleaned.kept_rows.tolist() == [0, 3, 4]
    assert [finding.message for finding in cleaned.findings] == [
        "5 records were shortened to 4 letters.",
        "2 records that repeat an earlier one once shortened to 4 letters were left out.",
    ]
    kept = clean(dataset, Molecule.DNA, replace(policy, repeated_sequences="keep"))
    assert kept.kept_rows.tolist() == [0, 1, 2, 3, 4]
    leaking = Dataset.from_records(
        ["ACGTAA", "ACGTCC", "GGGGAA"], labels=["0", "0", "1"], splits=[Split.TEST, Split.TRAIN, Split.TRAIN]
    )
    assert clean(leaking, Molecule.DNA, policy).kept_rows.tolist() == [0, 2]


def test_classes_are_looked_at_among_the_training_records() -> None:
    labels = ["a"] * 120 + ["b"] * 12 + ["c"] * 3
    letters = np.random.default_rng(0).choice(list("ACGT"), (len(labels), 30))
    dataset = Dataset.from_records(["".join(row) for row in letters], labels=labels)
    findings = found(dataset, Molecule.DNA)
    assert "'c' (3)" in findings["few_per_class"].message
    assert findings["class_imbalance"].severity is Severity.WARNING
    assert "one_class_only" not in findings
    alone = replace(dataset, labels=np.zeros(len(labels), np.int16))
    assert found(alone, Molecule.DNA)["one_class_only"].severity is Severity.ERROR


def test_missing_labels_and_no_labels_are_told_apart() -> None:
    some = Dataset.from_records(["ACGT", "GGCC"], labels=["a", None])
    assert rows_of(found(some, Molecule.DNA), "missing_labels") == [1]
    none = replace(some, labels=np.full(2, NO_LABEL, np.int16))
    assert "no_labels" in found(none, Molecule.DNA)


def test_very_different_lengths_are_pointed_out() -> None:
    dataset = Dataset.from_records(["ACGT"] * 5 + ["ACGT" * 100])
    assert rows_of(found(dataset, Molecule.DNA), "very_different_lengths") == [5]


def test_a_finding_counts_all_and_keeps_a_thousand_examples() -> None:
    finding = found(Dataset.from_records(["acgt"] * 1500), Molecule.DNA)["lower_case"]
    assert finding.count == 1500
    assert len(finding.occurrences) == EXAMPLES_KEPT
    assert "1,500 records are" in finding.message


def test_a_detail_names_letter_and_place() -> None:
    finding = found(Dataset.from_records(["ACGT", "ACG1T!"]), Molecule.DNA)["illegal_letters"]
    assert finding.message.startswith("1 record holds")
    assert finding.occurrences[0].detail == "letter '1' at 4"


@pytest.mark.parametrize(
    ("sequence", "molecule", "code", "message"),
    [
        ("MKU", Molecule.PROTEIN, "rare_amino_acids", "1 record holds selenocysteine (U)."),
        ("MOKo", Molecule.PROTEIN, "rare_amino_acids", "1 record holds pyrrolysine (O)."),
        ("MOU", Molecule.PROTEIN, "rare_amino_acids", "1 record holds selenocysteine (U) or pyrrolysine (O)."),
        (
            "MZ",
            Molecule.PROTEIN,
            "ambiguous_letters",
            "1 record holds IUPAC codes that stand for several residues: Z (glutamate or glutamine).",
        ),
        (
            "MJX",
            Molecule.PROTEIN,
            "ambiguous_letters",
            "1 record holds IUPAC codes that stand for several residues: J (leucine or isoleucine), X (any).",
        ),
        (
            "ACRN",
            Molecule.DNA,
            "ambiguous_letters",
            "1 record holds IUPAC codes that stand for several residues: R (A or G), N (any).",
        ),
        (
            "ACY",
            Molecule.RNA,
            "ambiguous_letters",
            "1 record holds IUPAC codes that stand for several residues: Y (C or U).",
        ),
        ("ACIT", Molecule.DNA, "inosine", "1 record holds the letter I, which stands for inosine."),
        ("ACIL", Molecule.DNA, "illegal_letters", "1 record holds letters that no DNA has."),
        ("AC-T", Molecule.DNA, "gaps", "1 record holds gaps ('-', '.' or '~')."),
    ],
)
def test_letters_are_called_by_their_names(sequence: str, molecule: Molecule, code: str, message: str) -> None:
    findings = found(Dataset.from_records([sequence]), molecule)
    assert findings[code].message == message
    letters = {"illegal_letters", "ambiguous_letters", "rare_amino_acids", "inosine", "gaps"}
    assert letters & set(findings) == {code}


def test_rare_amino_acids_are_judged_with_ambiguous_letters_and_told_by_name() -> None:
    dataset = Dataset.from_records(["MKU", "MKV", "MKX"])
    kept = clean(dataset, Molecule.PROTEIN, CleaningPolicy())
    assert [finding.message for finding in kept.findings] == [
        "2 records were read with X in place of IUPAC codes or rare amino acids (U or O)."
    ]
    dropped = clean(dataset, Molecule.PROTEIN, CleaningPolicy(ambiguous_letters="drop"))
    assert dropped.kept_rows.tolist() == [1]


def test_an_empty_data_set_has_no_findings() -> None:
    assert find(Dataset.from_records([]), Molecule.DNA) == ()
