"""What feature baselines can read of a sequence: which descriptors there are, for which molecules, and how wide.

Definitions follow iFeature and iLearn (Chen et al. 2018, 10.1093/bioinformatics/bty140; Chen et al. 2020,
10.1093/bib/bbz041); words with gaps are those of gkm-SVM (Ghandi et al. 2014, 10.1371/journal.pcbi.1003711). They are
computed by `bioseq.baselines.descriptors`. torch-free.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bioseq.sequences.alphabets import ALPHABETS, Molecule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

NUCLEIC = (Molecule.DNA, Molecule.RNA)
PEPTIDE = (Molecule.PROTEIN,)
LONGEST_WORD = {Molecule.DNA: 8, Molecule.RNA: 8, Molecule.PROTEIN: 3}
"""Longest words that are counted, letters."""

CHOOSE = "auto"
NOTHING = "none"

_GAPPED_FEATURES = frozenset({"gapped_kmers", "gapped_rckmers"})
_WORD_FEATURES = frozenset({"kmers", "rckmers"}) | _GAPPED_FEATURES
_MOST_GAPPED_WORDS = 1_000_000
"""Kinds of words with gaps: 8 MB of weights per class."""

Shape = tuple[int, ...]
"""Places of the letters of a word that are read, from 0 on; those between are passed over."""

AMINO_ACID_GROUPS = ("GAVLMI", "FYW", "KRH", "DE", "STCPNQ")
"""Aliphatic, aromatic, positive, negative, uncharged: the five groups of CKSAAGP."""

PHYSICO_CHEMICAL_CLASSES: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "hydrophobicity PRAM900101": ("RKEDQN", "GASTPHY", "CLVIMFW"),
        "hydrophobicity ARGP820101": ("QSTNGDE", "RAHCKMV", "LYPFIW"),
        "hydrophobicity ZIMJ680101": ("QNGSWTDERA", "HMCKV", "LPFYI"),
        "hydrophobicity PONP930101": ("KPDESNQT", "GRHA", "YMFWLCVI"),
        "hydrophobicity CASG920101": ("KDEQPSRNTG", "AHYMLV", "FIWC"),
        "hydrophobicity ENGD860101": ("RDKENQHYP", "SGTAW", "CVLIMF"),
        "hydrophobicity FASG890101": ("KERSQD", "NTPG", "AYHWVMFLIC"),
        "van der Waals volume": ("GASTPDC", "NVEQIL", "MHKFRYW"),
        "polarity": ("LIFWCMVY", "PATGS", "HQRKNED"),
        "polarizability": ("GASDT", "CPNVEQIL", "KMHFRYW"),
        "charge": ("KR", "ANCQGHILMFPSTWYV", "DE"),
        "secondary structure": ("EALMQKRH", "VIYCWFT", "GNPSD"),
        "solvent accessibility": ("ALFCGIVW", "RKQEND", "MSPTHY"),
    }
)
"""The thirteen properties of CTDC, each with its three classes of residues."""


END_LENGTHS = (5, 10, 25, 60)
"""Letters at each end of a record whose composition is looked at: from short tails to whole signal peptides."""
END_POSITIONS = 5
"""Letters at each end that are looked at one by one."""
MORE_END_POSITIONS = 10
"""The same where the length stands beside them: a motif of usual width at an end is seen whole."""


@dataclass(frozen=True, slots=True)
class FeaturePlan:
    """Which numbers a feature baseline reads of each record; all that is needed to compute them again.

    Attributes:
        names: Descriptors, one after the other.
        molecule: What the records are made of.
        shortest: Letters of the shortest word that is counted.
        k: Letters of the longest one.
        gap: Most letters between the two of a pair, or passed over within a word.
        length: Positions, for descriptors that read them; letters beyond are not looked at, missing ones are 0.
        word_values: How words are counted: "shares" of the words of their length, their square "root"s, or "counts".
    """

    names: tuple[str, ...]
    molecule: Molecule
    shortest: int
    k: int
    gap: int
    length: int
    word_values: str

    @property
    def width(self) -> int:
        """Numbers per record."""
        return sum(DESCRIPTORS[name].width(self) for name in self.names)

    @property
    def by_position(self) -> bool:
        """Whether any of it depends on where a letter stands."""
        return any(DESCRIPTORS[name].by_position for name in self.names)

    @property
    def words_per_letter(self) -> int:
        """Words with gaps that begin at each letter of a record."""
        if _GAPPED_FEATURES.isdisjoint(self.names):
            return 0
        return _gapped_words_per_letter(self)

    def filled(self, letters: float) -> float:
        """Numbers other than 0 in a record of so many letters, at most: of long words each record has few."""
        return sum(DESCRIPTORS[name].filled(self, letters) for name in self.names)

    @property
    def title(self) -> str:
        """For people: "words of 1 to 4 letters"."""
        return " and ".join(DESCRIPTORS[name].words(self) for name in self.names)


@dataclass(frozen=True, slots=True)
class Descriptor:
    """One way to describe a sequence by numbers.

    Attributes:
        name: Its value in `model.hyper.features`.
        title: Its label in the form.
        molecules: What it can describe.
        by_position: It needs records of one length.
        width: `(plan) -> ` numbers per record.
        words: `(plan) -> ` what it is, within a sentence.
        per_letter: `(plan) -> ` numbers other than 0 that a letter brings at most, where most are 0; None elsewhere.
    """

    name: str
    title: str
    molecules: tuple[Molecule, ...]
    by_position: bool
    width: Callable[[FeaturePlan], int]
    words: Callable[[FeaturePlan], str]
    per_letter: Callable[[FeaturePlan], int] | None = None

    def filled(self, plan: FeaturePlan, letters: float) -> float:
        """Numbers other than 0 in a record of so many letters, at most."""
        width = self.width(plan)
        return width if self.per_letter is None else min(width, letters * self.per_letter(plan))


def _residues(plan: FeaturePlan) -> int:
    return len(ALPHABETS[plan.molecule].residues)


def _word_kinds(plan: FeaturePlan) -> int:
    return sum(_residues(plan) ** length for length in range(plan.shortest, plan.k + 1))


def _strand_word_kinds(plan: FeaturePlan) -> int:
    return sum(_strand_pairs(length) for length in range(plan.shortest, plan.k + 1))


def _strand_pairs(length: int) -> int:
    """Pairs of a word and its reverse complement; words of even length may be their own."""
    pairs: int = (4**length + (0 if length % 2 else 4 ** (length // 2))) // 2
    return pairs


def word_shapes(letters: int, gap: int) -> Iterator[Shape]:
    """The shapes of words with so many letters that pass over `gap` letters at most; the shortest first."""
    if letters == 1:
        yield (0,)
        return
    for last in range(letters - 1, letters + gap):
        for between in combinations(range(1, last), letters - 2):
            yield (0, *between, last)


def mirrored(shape: Shape) -> Shape:
    """The shape read from its end."""
    return tuple(shape[-1] - place for place in reversed(shape))


def _shapes(letters: int, gap: int) -> int:
    """Number of `word_shapes`."""
    return math.comb(letters + gap - 1, letters - 1)


def _symmetric_shapes(letters: int, gap: int) -> int:
    """Number of `word_shapes` that are their own mirror image."""
    if letters == 1:
        return 1
    inner = letters - 2
    return sum(
        math.comb((inner + passed) // 2, inner // 2) for passed in range(gap + 1) if inner % 2 == 0 or passed % 2 == 0
    )


def _gapped_word_kinds(plan: FeaturePlan) -> int:
    lengths = range(plan.shortest, plan.k + 1)
    return sum(_shapes(length, plan.gap) * _residues(plan) ** length for length in lengths)


def _gapped_strand_word_kinds(plan: FeaturePlan) -> int:
    """A shape and its mirror image are one, with all words; one that is its own has pairs of words."""
    found = 0
    for length in range(plan.shortest, plan.k + 1):
        symmetric = _symmetric_shapes(length, plan.gap)
        found += symmetric * _strand_pairs(length) + (_shapes(length, plan.gap) - symmetric) // 2 * 4**length
    return found


def _words_per_letter(plan: FeaturePlan) -> int:
    return plan.k - plan.shortest + 1


def _gapped_words_per_letter(plan: FeaturePlan) -> int:
    return sum(_shapes(length, plan.gap) for length in range(plan.shortest, plan.k + 1))


_HOW = {"shares": "", "root": " (roots of shares)", "counts": " (counts)"}
"""What is said after words."""


def _word_title(plan: FeaturePlan, single: str, where: str = "") -> str:
    """What is read, in words; the only length, or the first and the last."""
    if plan.k == 1:
        return f"{single}{where}{_HOW[plan.word_values]}"
    lengths = f"{plan.shortest} to {plan.k}" if plan.shortest < plan.k else f"{plan.k}"
    return f"words of {lengths} letters{where}{_HOW[plan.word_values]}"


def _gapped_title(plan: FeaturePlan, single: str, where: str = "") -> str:
    passed = f", up to {plan.gap} more passed over" if plan.gap and plan.k > 1 else ""
    return _word_title(plan, single, where + passed)


_EVERY = (*NUCLEIC, *PEPTIDE)
_ALL = (
    Descriptor(
        "kmers",
        "Words (k-mers)",
        _EVERY,
        False,
        _word_kinds,
        lambda plan: _word_title(plan, "single letters"),
        _words_per_letter,
    ),
    Descriptor(
        "rckmers",
        "Words of both strands (RCKmer)",
        (Molecule.DNA,),
        False,
        _strand_word_kinds,
        lambda plan: _word_title(plan, "bases", " of both strands"),
        _words_per_letter,
    ),
    Descriptor(
        "gapped_kmers",
        "Words with gaps (gapped k-mers)",
        _EVERY,
        False,
        _gapped_word_kinds,
        lambda plan: _gapped_title(plan, "single letters"),
        _gapped_words_per_letter,
    ),
    Descriptor(
        "gapped_rckmers",
        "Words with gaps, both strands",
        (Molecule.DNA,),
        False,
        _gapped_strand_word_kinds,
        lambda plan: _gapped_title(plan, "bases", " of both strands"),
        _gapped_words_per_letter,
    ),
    Descriptor(
        "one_hot",
        "Letters by position (one-hot)",
        _EVERY,
        True,
        lambda plan: plan.length * _residues(plan),
        lambda _: "letters by position",
        lambda _: 1,
    ),
    Descriptor(
        "pairs_by_position",
        "Neighbouring pairs by position",
        NUCLEIC,
        True,
        lambda plan: max(1, plan.length - 1) * _residues(plan) ** 2,
        lambda _: "neighbouring pairs by position",
        lambda _: 1,
    ),
    Descriptor("aac", "Amino acids (AAC)", PEPTIDE, False, lambda _: 20, lambda _: "shares of amino acids"),
    Descriptor("dpc", "Pairs of amino acids (DPC)", PEPTIDE, False, lambda _: 400, lambda _: "pairs of amino acids"),
    Descriptor("dnc", "Pairs of bases (DNC)", NUCLEIC, False, lambda _: 16, lambda _: "pairs of bases"),
    Descriptor(
        "anf",
        "Running share of each base (ANF)",
        NUCLEIC,
        True,
        lambda plan: plan.length,
        lambda _: "the running share of each base",
    ),
    Descriptor(
        "cksnap",
        "Pairs of bases with gaps (CKSNAP)",
        NUCLEIC,
        False,
        lambda plan: 16 * (plan.gap + 1),
        lambda plan: f"pairs of bases up to {plan.gap + 1} apart",
    ),
    Descriptor(
        "cksaagp",
        "Pairs of amino-acid groups with gaps (CKSAAGP)",
        PEPTIDE,
        False,
        lambda plan: len(AMINO_ACID_GROUPS) ** 2 * (plan.gap + 1),
        lambda plan: f"pairs of amino-acid groups up to {plan.gap + 1} apart",
    ),
    Descriptor(
        "ctdc",
        "Physico-chemical classes (CTDC)",
        PEPTIDE,
        False,
        lambda _: 3 * len(PHYSICO_CHEMICAL_CLASSES),
        lambda _: "shares of physico-chemical classes",
    ),
    Descriptor(
        "blosum62",
        "Substitution scores by position (BLOSUM62)",
        PEPTIDE,
        True,
        lambda plan: plan.length * 20,
        lambda _: "BLOSUM62 scores by position",
    ),
    Descriptor(
        "ends",
        "Both ends, shares and single letters",
        _EVERY,
        False,
        lambda plan: 2 * (len(END_LENGTHS) + END_POSITIONS) * _residues(plan),
        lambda _: "letters at both ends",
    ),
    Descriptor("length", "Length (its logarithm)", _EVERY, False, lambda _: 1, lambda _: "the length"),
    Descriptor(
        "ends_and_length",
        "Both ends, and the length",
        _EVERY,
        False,
        lambda plan: 2 * (len(END_LENGTHS) + MORE_END_POSITIONS) * _residues(plan) + 1,
        lambda _: "letters at both ends and the length",
    ),
)

DESCRIPTORS: Mapping[str, Descriptor] = MappingProxyType({one.name: one for one in _ALL})
"""Name to descriptor, in the order of the form."""


def plan_of(hyper: Mapping[str, Any], molecule: Molecule, *, longest: int, fixed_length: bool) -> FeaturePlan:
    """The features that settings mean for these data.

    "auto" reads letters by position where all records have one length, and else counts words.

    Args:
        hyper: All settings of a feature baseline.
        molecule: What the records are made of.
        longest: Letters of the longest record.
        fixed_length: All records have that many.
    """
    first = hyper["features"]
    if first == CHOOSE:
        first = "one_hot" if fixed_length else "kmers"
    names = (first,) if hyper["more_features"] in (NOTHING, first) else (first, hyper["more_features"])
    usual = 2 if molecule is Molecule.PROTEIN else 4
    return FeaturePlan(
        names=names,
        molecule=molecule,
        shortest=hyper["shortest"],
        k=hyper["k"] or usual,
        gap=hyper["gap"],
        length=max(1, longest),
        word_values="shares" if _WORD_FEATURES.isdisjoint(names) else hyper["word_values"],
    )


def settled(hyper: Mapping[str, Any], plan: FeaturePlan) -> dict[str, Any]:
    """The settings with what the data decided written out, so that they mean the same with any other data."""
    written = {**hyper, "features": plan.names[0], "k": plan.k}
    if hyper.get("scaling") == CHOOSE:
        rare = plan.word_values == "root" and not _WORD_FEATURES.isdisjoint(plan.names)
        written["scaling"] = "none" if rare and set(plan.names) <= _WORD_FEATURES | {"ends"} else "spread"
    return written


def fault_in(plan: FeaturePlan, *, fixed_length: bool) -> tuple[str, str]:
    """Why these features cannot be computed, and what to do, as two sentences; empty when they can."""
    for descriptor in (DESCRIPTORS[name] for name in plan.names):
        if plan.molecule not in descriptor.molecules:
            fitting = [one.title for one in _ALL if plan.molecule in one.molecules]
            return (
                f"{descriptor.title} does not describe {plan.molecule.text} sequences.",
                f"For these there are: {', '.join(fitting)}.",
            )
        if descriptor.by_position and not fixed_length:
            return (
                f"{descriptor.title} needs sequences of one length, and these differ in length.",
                "Choose features that do not depend on the position, such as words.",
            )
    if _WORD_FEATURES.isdisjoint(plan.names):
        return "", ""
    if plan.shortest > plan.k:
        return (
            f"The shortest words, of {plan.shortest} letters, are longer than the longest, of {plan.k}.",
            f"Choose {plan.k} letters or fewer for the shortest words.",
        )
    if plan.k > LONGEST_WORD[plan.molecule]:
        return (
            f"Words of {plan.k} letters are too many to count for {plan.molecule.text} sequences.",
            f"Choose {LONGEST_WORD[plan.molecule]} letters or fewer.",
        )
    if not _GAPPED_FEATURES.isdisjoint(plan.names) and plan.width > _MOST_GAPPED_WORDS:
        there_are = f"There are {plan.width:,} words of up to {plan.k} letters that pass over up to {plan.gap} more"
        return f"{there_are}; {_MOST_GAPPED_WORDS:,} can be counted.", "Choose a smaller gap, or shorter words."
    return "", ""
