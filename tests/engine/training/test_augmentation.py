"""Training records are changed as told, no other records are, and what is drawn is found again."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from Bio.Seq import reverse_complement
from hypothesis import given
from hypothesis import strategies as st

from bioseq.config.schema import AugmentationSettings
from bioseq.errors import BioseqError
from bioseq.evaluation.inference import predict_probabilities
from bioseq.evaluation.metrics import scores
from bioseq.models.registry import build
from bioseq.protocol.events import EpochFinished
from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.dataset import Dataset
from bioseq.sequences.tokens import TokenColumn, Vocabulary
from bioseq.training.augmentation import Augmentation, on_other_strand, replacements, shifted, substituted
from bioseq.training.learner import Learner
from bioseq.training.state import TrainingState

if TYPE_CHECKING:
    from types import SimpleNamespace

CPU = torch.device("cpu")
VOCABULARIES = [
    Vocabulary(Molecule.DNA),
    Vocabulary(Molecule.DNA, "kmers", 3),
    Vocabulary(Molecule.RNA, "kmers", 6),
    Vocabulary(Molecule.PROTEIN),
    Vocabulary(Molecule.PROTEIN, "kmers", 2),
]


def column_of(vocabulary: Vocabulary, *sequences: str) -> TokenColumn:
    dataset = Dataset.from_records(list(sequences))
    return vocabulary.encode(dataset.letters, dataset.offsets)


def letters_of(*sequences: str) -> tuple[np.ndarray, np.ndarray]:
    dataset = Dataset.from_records(list(sequences))
    return dataset.letters, dataset.offsets


def text(letters: np.ndarray) -> str:
    return letters.tobytes().decode()


def augmented(vocabulary: Vocabulary, column: TokenColumn, *, step: int = 0, **settings: Any) -> TokenColumn:
    return Augmentation(AugmentationSettings(**settings), vocabulary, 1).changed(column, epoch=1, step=step)


@given(st.sampled_from(VOCABULARIES), st.data())
def test_letters_are_spelt_from_tokens_so_that_the_tokens_come_again(
    vocabulary: Vocabulary, data: st.DataObject
) -> None:
    alphabet = ALPHABETS[vocabulary.molecule]
    sequences = data.draw(
        st.lists(st.text(alphabet.residues + alphabet.unknown, min_size=1, max_size=20), min_size=1, max_size=5)
    )
    column = column_of(vocabulary, *sequences)
    again = vocabulary.encode(*vocabulary.spell(column))
    assert again.offsets.tolist() == column.offsets.tolist()
    assert again.tokens.tolist() == column.tokens.tolist()


def test_where_all_is_known_the_letters_themselves_come_back() -> None:
    sequences = ["ACGTTGCA", "ACG", "GGGTACGT"]
    for vocabulary in VOCABULARIES[:2]:
        letters, offsets = vocabulary.spell(column_of(vocabulary, *sequences))
        assert text(letters) == "".join(sequences)
        assert offsets.tolist() == [0, 8, 11, 19]


@pytest.mark.parametrize("vocabulary", VOCABULARIES[:3])
def test_the_complement_of_a_word_is_its_reverse_complement(vocabulary: Vocabulary) -> None:
    words, complements = vocabulary.words, vocabulary.complements()
    assert complements[:2].tolist() == [0, 1]
    rna = vocabulary.molecule is Molecule.RNA
    for number, word in enumerate(words):
        other = reverse_complement(word.replace("U", "T"))
        assert words[complements[number + 2] - 2] == (other.replace("T", "U") if rna else other)


def test_proteins_have_no_other_strand() -> None:
    for refused in (
        lambda: Vocabulary(Molecule.PROTEIN).complements(),
        lambda: Augmentation(AugmentationSettings(reverse_complement=0.5), Vocabulary(Molecule.PROTEIN), 1),
    ):
        with pytest.raises(BioseqError) as caught:
            refused()
        assert caught.value.code == "config.no_other_strand"


@given(st.lists(st.tuples(st.text("ACGTN", min_size=1, max_size=15), st.booleans()), min_size=1, max_size=6))
def test_chosen_records_are_read_from_the_other_strand(records: list[tuple[str, bool]]) -> None:
    table = np.arange(256, dtype=np.uint8)
    table[list(b"ACGT")] = list(b"TGCA")
    letters, offsets = letters_of(*(sequence for sequence, _ in records))
    found = on_other_strand(letters, offsets, np.array([turned for _, turned in records]), table)
    expected = [reverse_complement(sequence) if turned else sequence for sequence, turned in records]
    assert text(found) == "".join(expected)


@pytest.mark.parametrize("vocabulary", VOCABULARIES[:2])
def test_with_certainty_every_record_is_turned(vocabulary: Vocabulary) -> None:
    sequences = ["ACCGTTA", "AC", "GGNTACGTA"]
    found = augmented(vocabulary, column_of(vocabulary, *sequences), reverse_complement=1.0)
    expected = column_of(vocabulary, *map(reverse_complement, sequences))
    assert found.tokens.tolist() == expected.tokens.tolist()


def test_a_record_is_moved_what_leaves_is_lost_and_unknown_letters_come_in() -> None:
    letters, offsets = letters_of("ACGTA", "ACGTA", "ACGTA", "GC", "T")
    found = shifted(letters, offsets, np.array([2, -1, 0, -9, 4]), unknown=ord("N"))
    assert [text(found[start:end]) for start, end in pairwise(offsets)] == [
        "NNACG",
        "CGTAN",
        "ACGTA",
        "CN",
        "T",
    ]


def test_shifts_go_as_far_as_they_may_to_both_sides() -> None:
    vocabulary = Vocabulary(Molecule.DNA)
    column = column_of(vocabulary, *["ACGTACGTAC"] * 200)
    rows = augmented(vocabulary, column, shift=2).tokens.reshape(200, 10)
    assert {tuple(row) for row in rows.tolist()} == {
        tuple(column_of(vocabulary, moved).tokens.tolist())
        for moved in ("ACGTACGTAC", "NACGTACGTA", "NNACGTACGT", "CGTACGTACN", "GTACGTACNN")
    }


def test_bases_become_each_other_one_equally_often_and_unknown_ones_stay() -> None:
    letters = np.frombuffer(b"A" * 60_000 + b"N" * 100, np.uint8)
    found = substituted(letters, 0.3, Molecule.DNA, np.random.default_rng(1))
    assert text(found[-100:]) == "N" * 100
    shares = [np.mean(found[:60_000] == ord(base)) for base in "ACGT"]
    assert shares == pytest.approx([0.7, 0.1, 0.1, 0.1], abs=0.006)


def test_amino_acids_become_others_as_often_as_blosum62_says() -> None:
    residues = ALPHABETS[Molecule.PROTEIN].residues
    for residue in "IWY":
        letters = np.frombuffer(residue.encode() * 100_000, np.uint8)
        found = substituted(letters, 0.5, Molecule.PROTEIN, np.random.default_rng(2))
        changed = found[found != letters]
        assert len(changed) == pytest.approx(50_000, abs=800)  # none of the drawn became itself
        shares = [np.mean(changed == ord(other)) for other in residues]
        assert shares == pytest.approx(replacements()[residues.index(residue)].tolist(), abs=0.008)


def test_the_replacements_are_those_that_the_scores_imply() -> None:
    """Likely ones are alike; and chances turned back into scores are those of the matrix, up to one factor."""
    from Bio.Align import substitution_matrices

    shares, residues = replacements(), ALPHABETS[Molecule.PROTEIN].residues
    assert shares.sum(1) == pytest.approx(np.ones(20))
    assert not shares.diagonal().any()
    for residue, likeliest in (("I", "LV"), ("K", "R"), ("D", "E"), ("F", "YL"), ("W", "FY")):
        best = {residues[place] for place in shares[residues.index(residue)].argsort()[: -len(likeliest) - 1 : -1]}
        assert best == set(likeliest)
    matrix = substitution_matrices.load("BLOSUM62")
    scores_of = {one: [matrix[one, other] for other in residues] for one in residues}
    first, second, third = (residues.index(letter) for letter in "ACD")
    # In the ratio of two columns of two rows the frequencies and the rows' sums fall out: only the scores are left.
    ratios, differences = [], []
    for row in range(4, 20):
        for one, other in ((first, second), (second, third)):
            ratio = shares[row, one] * shares[3, other] / (shares[row, other] * shares[3, one])
            here, there = scores_of[residues[row]], scores_of[residues[3]]
            ratios.append(np.log(ratio))
            differences.append(here[one] - here[other] - there[one] + there[other])
    assert np.array(ratios) == pytest.approx(0.3240 * np.array(differences), abs=0.01)


@pytest.mark.parametrize(("vocabulary", "words"), [(VOCABULARIES[0], 1), (VOCABULARIES[1], 3)])
def test_hidden_letters_are_unknown_in_each_word_that_holds_them(vocabulary: Vocabulary, words: int) -> None:
    column = column_of(vocabulary, "ACGT" * 5_000)
    found = augmented(vocabulary, column, masking=0.1)
    changed = found.tokens != column.tokens
    assert set(found.tokens[changed].tolist()) == {1}
    assert changed.mean() == pytest.approx(1 - 0.9**words, abs=0.01)


def test_an_exchanged_letter_changes_all_words_that_overlap_it() -> None:
    vocabulary = Vocabulary(Molecule.DNA, "kmers", 3)
    column = column_of(vocabulary, "ACGT" * 500)
    found = augmented(vocabulary, column, substitution=0.004)
    before, after = vocabulary.spell(column)[0], vocabulary.spell(found)[0]
    exchanged = np.flatnonzero(before != after)
    assert 2 <= len(exchanged) <= 20
    overlapping = {word for place in exchanged.tolist() for word in range(place - 2, place + 1)}
    assert set(np.flatnonzero(found.tokens != column.tokens).tolist()) == overlapping & set(range(len(column.tokens)))


EVERYTHING: dict[str, Any] = {"reverse_complement": 0.5, "substitution": 0.2, "masking": 0.2, "shift": 3}


@given(st.lists(st.text("ACGTN", min_size=1, max_size=12), min_size=1, max_size=6), st.sampled_from(VOCABULARIES[:2]))
def test_no_record_changes_its_length(sequences: list[str], vocabulary: Vocabulary) -> None:
    column = column_of(vocabulary, *sequences)
    assert augmented(vocabulary, column, **EVERYTHING).offsets.tolist() == column.offsets.tolist()


def test_what_is_drawn_follows_from_seed_epoch_and_step_alone() -> None:
    vocabulary = Vocabulary(Molecule.DNA)
    column = column_of(vocabulary, "ACGT" * 30)

    def drawn(seed: int, epoch: int, step: int) -> tuple[int, ...]:
        one = Augmentation(AugmentationSettings(**EVERYTHING), vocabulary, seed)
        return tuple(one.changed(column, epoch=epoch, step=step).tokens.tolist())

    first = drawn(1, 1, 0)
    np.random.default_rng(0).random(9)
    assert drawn(1, 1, 0) == first
    assert len({first, drawn(2, 1, 0), drawn(1, 2, 0), drawn(1, 1, 1)}) == 4


def test_only_training_records_are_changed(lab: SimpleNamespace) -> None:
    """The figures told of the validation records are those of the records as they are."""
    job = lab.job(epochs=2, augmentation={"masking": 0.8, "substitution": 0.3})
    tokens = job.train.tokens.tokens.copy(), job.validation.tokens.tokens.copy()
    told = lab.run(job)
    assert np.array_equal(job.train.tokens.tokens, tokens[0])
    assert np.array_equal(job.validation.tokens.tokens, tokens[1])
    best = told.of(EpochFinished)[told.model.best_epoch - 1]
    chances = predict_probabilities(told.model.network, job.validation.tokens)
    assert best.validation["roc_auc"] == scores(job.validation.labels, chances).metrics["roc_auc"]


def test_a_batch_taken_in_parts_sees_the_same_changed_records(lab: SimpleNamespace) -> None:
    hyper = {"filters": 8, "embedding": 8, "kernels": "3,5,7", "dropout": 0.0}
    job = lab.job(augmentation=EVERYTHING, hyper=hyper, precision="float32")
    steps = []
    for at_once in (0, 5):
        torch.manual_seed(1)
        learner = Learner(
            job, build(job.architecture, job.task, job.hyper), TrainingState(micro_records=at_once), device=CPU
        )
        learner.begin_epoch()
        learner.step(np.arange(16, dtype=np.intp), 1e-3)
        steps.append((learner.mean_loss(1), [parameter.grad.clone() for parameter in learner.network.parameters()]))
    (loss, gradients), (loss_in_parts, gradients_in_parts) = steps
    assert loss_in_parts == pytest.approx(loss, rel=1e-5)
    for whole, parts in zip(gradients, gradients_in_parts, strict=True):
        torch.testing.assert_close(parts, whole, rtol=1e-4, atol=1e-6)


def test_turning_records_teaches_the_other_strand(lab: SimpleNamespace) -> None:
    """The motif is planted on one strand; who trains on both also finds it in the reverse complements."""
    hyper = {"filters": 16, "embedding": 8, "kernels": "4,8,12,16", "positions": False}
    found = {}
    for share in (0.0, 0.5):
        job = lab.job(
            lab.planted(400), hyper=hyper, epochs=8, learning_rate=5e-3, augmentation={"reverse_complement": share}
        )
        turned = Augmentation(AugmentationSettings(reverse_complement=1.0), job.vocabulary, 1)
        mirrored = turned.changed(job.validation.tokens, epoch=1, step=0)
        chances = predict_probabilities(lab.run(job).model.network, mirrored)
        found[share] = scores(job.validation.labels, chances).metrics["roc_auc"]
    assert found[0.5] > found[0.0] + 0.05
