"""The recommended model sees what the records show, and the reason says it with the numbers."""

from __future__ import annotations

import pytest

from bioseq.config.evidence import Evidence, Probe
from bioseq.config.model_choice import ModelChoice, choose_model
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.profile import DataProfile


def a_profile(*, molecule: Molecule = Molecule.DNA, length: float = 81.0, fixed: bool = True) -> DataProfile:
    return DataProfile(
        molecule=molecule,
        molecule_confidence=1.0,
        records=1_000,
        residues=int(1_000 * length),
        label_names=("other", "site"),
        class_counts={"train": (400, 400), "test": (100, 100)},
        unlabelled=0,
        length_quantiles=(length,) * 9,
        length_edges=(length, length + 1),
        length_counts={"other": (500,), "site": (500,)},
        fixed_length=fixed,
        letters="ACGT",
        composition={},
        gc={},
        repeats=0,
        test_in_train=0,
    )


def choice(profile: DataProfile | None = None, **areas: float) -> ModelChoice:
    probes = tuple(Probe(view, auc, 0.01) for view, auc in areas.items())  # type: ignore[arg-type]
    return choose_model(profile or a_profile(), Evidence(1_600, probes))


def test_kmers_without_positions_get_a_network_that_finds_motifs_anywhere() -> None:
    found = choice(composition=0.5, kmers=0.81, position=0.52, position_and_kmers=0.66)
    assert found.name == "text_cnn"
    assert found.sentence.startswith(
        "In 1,600 training records k-mers (ROC AUC 0.81) tell the classes apart; positions (0.52) and composition "
        "(0.50) do not."
    )


def test_positions_that_decide_alone_get_the_plain_network() -> None:
    assert choice(kmers=0.75, position=0.96, position_and_kmers=0.965).name == "dnn"


@pytest.mark.parametrize(
    ("kmers", "position", "both"), [(0.94, 0.96, 0.97), (0.7, 0.9, 0.95), (0.52, 0.68, 0.67), (0.9, 0.7, 0.92)]
)
def test_positions_with_motifs_beside_them_get_a_network_that_sees_both(
    kmers: float, position: float, both: float
) -> None:
    assert choice(kmers=kmers, position=position, position_and_kmers=both).name == "text_cnn"


def test_both_strands_are_read_where_canonical_kmers_are_as_good() -> None:
    alike = choice(kmers=0.80, canonical_kmers=0.82)
    assert alike.augmentation["both_strands"][0] is True
    assert alike.augmentation["reverse_complement"][0] == 0.5
    assert not choice(kmers=0.80, canonical_kmers=0.76).augmentation
    assert not choice(kmers=0.50, canonical_kmers=0.51).augmentation


def test_nothing_seen_is_said_and_gets_the_network_that_sees_most() -> None:
    found = choice(composition=0.51, kmers=0.49, position=0.5)
    assert found.name == "text_cnn"
    assert found.sentence.startswith(
        "In 1,600 training records nothing was seen that tells the classes apart: ROC AUC 0.49 by k-mers, 0.50 by "
        "positions and 0.51 by composition."
    )


def test_long_records_get_a_model_that_reads_them_whole() -> None:
    found = choice(a_profile(length=2_000.0, fixed=False), kmers=0.8)
    assert found.name == "hist_gradient_boosting"
    assert "whole length" in found.sentence


def test_too_few_records_are_told() -> None:
    assert choose_model(a_profile(), None).sentence.startswith("There are too few training records to see")


def test_wide_filters_are_for_nucleic_acids() -> None:
    assert "kernels" in choice(kmers=0.8).hyper
    assert "kernels" not in choice(a_profile(molecule=Molecule.PROTEIN), kmers=0.8).hyper
    assert "kernels" not in choice(a_profile(length=41.0), kmers=0.8).hyper


def test_where_motifs_stand_is_noted_where_there_is_room_for_them() -> None:
    assert choice(kmers=0.8).hyper["pooling"][0] == "max_parts"
    assert "pooling" not in choice(a_profile(length=21.0), kmers=0.8).hyper
    assert "pooling" not in choice(a_profile(molecule=Molecule.PROTEIN), kmers=0.8).hyper
