"""Specifications of the feature baselines: fixed numbers that describe a sequence, and a classifier that reads them.

They are chosen, trained, kept, predicted with and compared like networks, and need neither torch nor an accelerator.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bioseq.catalogue.descriptors import CHOOSE, DESCRIPTORS, NOTHING, fault_in, plan_of
from bioseq.catalogue.specification import Family, HyperParameter, ModelSpecification
from bioseq.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bioseq.catalogue.descriptors import FeaturePlan
    from bioseq.catalogue.specification import HyperValue, TaskShape
    from bioseq.sequences.alphabets import Molecule
    from bioseq.sequences.profile import DataProfile

ROUNDS = {"random_forest": 20, "hist_gradient_boosting": 60}
"""Trees are grown in so many rounds; after each the validation records are looked at. A forest only gets steadier."""
MOST_DENSE_NUMBERS = 400_000_000
"""Records times features that trees may be grown from: 3.2 GB."""
MOST_GAPPED_WORDS = 100_000_000
"""Words with gaps in all records together: 1.1 GB, and 3.6 GB while they are counted."""
MOST_COMPARED_RECORDS = 8_000
"""Training records that a Gaussian kernel may compare with each other: 0.5 GB for all pairs."""
BALANCING_MODULE = "imblearn"
_BALANCING_EXTRA = "balance"

_NETWORKS_ONLY = (
    "tokens.kind",
    "tokens.k",
    "tokens.coding",
    "training.epochs",
    "training.batch_size",
    "training.learning_rate",
    "training.weight_decay",
    "training.schedule",
    "training.warmup_fraction",
    "training.clip_norm",
    "training.loss",
    "training.focal_gamma",
    "training.label_smoothing",
    "training.sampling",
    "training.adversarial",
    "training.flooding",
    "training.precision",
    "training.device",
    "training.deterministic",
    "augmentation.reverse_complement",
    "augmentation.both_strands",
    "augmentation.substitution",
    "augmentation.masking",
    "augmentation.shift",
)
"""Options of the configuration that speak of networks only."""
_NO_EARLY_END = (*_NETWORKS_ONLY, "training.patience")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureBaseline(ModelSpecification):
    """The specification of one feature baseline.

    Attributes:
        grows_trees: It learns by adding trees, in rounds; the others try strengths of regularisation one by one.
        compares_records: It learns from how alike each two records are, so that its cost grows with their square.
    """

    grows_trees: bool
    compares_records: bool = False

    def plan(self, hyper: Mapping[str, Any], molecule: Molecule, *, longest: int, fixed_length: bool) -> FeaturePlan:
        """The features that settings, defaults filled in, mean for these data."""
        return plan_of(self.resolve(hyper), molecule, longest=longest, fixed_length=fixed_length)

    def data_problems(
        self, hyper: Mapping[str, HyperValue], profile: DataProfile, *, most_letters: int = 0
    ) -> tuple[Problem, ...]:
        """What is wrong with legal settings for these data: features that do not fit, too few records to balance.

        Args:
            hyper: Settings; those left out have their defaults.
            profile: What the data are like.
            most_letters: Longer records are shortened to so many; 0 keeps all letters.
        """
        longest = max(1, min(profile.longest, most_letters or profile.longest))
        fixed = min(profile.shortest, longest) == longest
        plan = self.plan(hyper, profile.molecule, longest=longest, fixed_length=fixed)
        message, remedy = fault_in(plan, fixed_length=fixed)
        if message:
            return (Problem("config.features_do_not_fit", message, "model.hyper.features", remedy),)
        records = max((sum(counts) for split, counts in profile.class_counts.items() if split != "test"), default=0)
        if self.grows_trees and plan.width * records > MOST_DENSE_NUMBERS:
            return (
                Problem(
                    "config.too_many_features",
                    f"{self.title} would have to hold {plan.width:,} features of {records:,} records in memory.",
                    "model.hyper.features",
                    "Choose shorter words or other features, or logistic regression, which needs far less.",
                ),
            )
        letters = min(profile.residues, profile.records * longest)
        if (words := plan.words_per_letter * letters) > MOST_GAPPED_WORDS:
            return (
                Problem(
                    "config.too_many_features",
                    f"{self.title} would have to hold {words:,} words with gaps in memory; {MOST_GAPPED_WORDS:,} fit.",
                    "model.hyper.gap",
                    "Choose a smaller gap, or words without gaps.",
                ),
            )
        if self.compares_records and records > MOST_COMPARED_RECORDS:
            return (
                Problem(
                    "config.too_many_records",
                    f"{self.title} would have to compare each two of {records:,} records; "
                    f"up to {MOST_COMPARED_RECORDS:,} can be.",
                    "model.name",
                    "Choose the linear SVM or gradient boosting, which are good with many records.",
                ),
            )
        return _balancing_problems(self.resolve(hyper), profile)


def _balancing_problems(hyper: Mapping[str, Any], profile: DataProfile) -> tuple[Problem, ...]:
    kind = hyper["resampling"]
    if kind == NOTHING:
        return ()
    if importlib.util.find_spec(BALANCING_MODULE) is None:
        return (
            Problem(
                "model.package_missing",
                f"{_TITLES[kind]} needs a package that is not installed: imbalanced-learn.",
                "model.hyper.resampling",
                f'Install it with: pip install "bioseq-studio[{_BALANCING_EXTRA}]"',
            ),
        )
    counts = dict(zip(profile.label_names, profile.class_counts.get("train", ()), strict=False))
    small = {name: count for name, count in counts.items() if 0 < count <= hyper["neighbours"]}
    return tuple(too_few_to_balance(kind, name, count, hyper["neighbours"]) for name, count in small.items())


def too_few_to_balance(kind: str, label: str, count: int, neighbours: int) -> Problem:
    """The problem that a class has too few records for new ones to be made between neighbours."""
    records = "one training record" if count == 1 else f"{count} training records"
    return Problem(
        "config.too_few_to_balance",
        f"{_TITLES[kind]} looks at {neighbours} neighbours of a record, and class {label!r} has {records}.",
        "model.hyper.neighbours",
        f"Choose at most {count - 1} neighbours."
        if count > 1
        else "Switch balancing off, or add records of this class.",
    )


_TITLES = {"smote": "SMOTE", "adasyn": "ADASYN"}

_FEATURES = HyperParameter(
    "features",
    "Features",
    "The numbers that stand for a sequence. Left to choose, letters by position are read where all sequences have one "
    "length, and else short words are counted.",
    CHOOSE,
    choices=((CHOOSE, "Choose"), *((one.name, one.title) for one in DESCRIPTORS.values())),
    advanced=False,
)
_MORE_FEATURES = HyperParameter(
    "more_features",
    "And also",
    "A second kind of features, put beside the first.",
    NOTHING,
    choices=((NOTHING, "Nothing"), *((one.name, one.title) for one in DESCRIPTORS.values())),
)
_K = HyperParameter(
    "k",
    "Longest word k",
    "The longest words that are counted, when words are the features; 0 takes 4 for DNA and RNA and 2 for protein.",
    0,
    0,
    8,
    unit="letters",
)
_SHORTEST = HyperParameter(
    "shortest",
    "Shortest word",
    "The shortest words that are counted. Beside long words, short ones tell mostly the composition.",
    1,
    1,
    8,
    unit="letters",
)


def _word_values(default: str) -> HyperParameter:
    return HyperParameter(
        "word_values",
        "Words as",
        "Shares make long and short sequences comparable; their square roots let rare words count for more, which "
        "suits long words and linear models; counts also tell how long a sequence is.",
        default,
        choices=(("shares", "Shares of the sequence"), ("root", "Square roots of shares"), ("counts", "Counts")),
    )


_GAP = HyperParameter(
    "gap",
    "Largest gap",
    "Letters that are passed over, at most: between the two of a pair, or anywhere within a word with gaps.",
    5,
    0,
    20,
    unit="letters",
)
_RESAMPLING = HyperParameter(
    "resampling",
    "Balance classes by",
    "Adds made-up training records to rare classes, between neighbours among the real ones. SMOTE spreads them evenly; "
    "ADASYN puts more of them where classes are hard to tell apart. Validation and test records stay as they are.",
    NOTHING,
    choices=((NOTHING, "Nothing"), ("smote", "SMOTE"), ("adasyn", "ADASYN")),
)
_NEIGHBOURS = HyperParameter(
    "neighbours",
    "Neighbours",
    "How many neighbours of a record SMOTE and ADASYN look at; a class needs more records than that.",
    5,
    1,
    50,
    unit="records",
)
_STRENGTH = HyperParameter(
    "strength",
    "Freedom C",
    "How freely the weights may follow the training records: small is cautious. 0 tries several, from cautious to "
    "free, and keeps the one that is best on the validation records.",
    0.0,
    0.0,
    1_000.0,
)


_SCALING = HyperParameter(
    "scaling",
    "Features are scaled",
    "To the same spread, each feature can tell as much as any other, however rare it is. As they are, rare words, "
    "which are often there by chance, tell less. Left to choose, square roots of shares stay as they are.",
    CHOOSE,
    choices=((CHOOSE, "Choose"), ("spread", "To the same spread"), ("none", "Not at all")),
)


def _trees(default: int) -> HyperParameter:
    return HyperParameter(
        "trees",
        "Trees at most",
        "More trees make a steadier forest. Boosting ends earlier when validation stops improving.",
        default,
        1,
        2_000,
        unit="trees",
    )


def _no_conflicts(_task: TaskShape, _hyper: Mapping[str, Any]) -> tuple[str, ...]:
    """Legal values are legal together; what the data say against them is told by `data_problems`."""
    return ()


_LINEAR = (_FEATURES, _MORE_FEATURES, _SHORTEST, _K, _word_values("root"), _GAP, _STRENGTH, _SCALING)
_TREES = (_FEATURES, _MORE_FEATURES, _SHORTEST, _K, _word_values("shares"), _GAP)
_KERNEL = (*_TREES, _STRENGTH, _SCALING)
_BALANCE = (_RESAMPLING, _NEIGHBOURS)

LOGISTIC_REGRESSION = FeatureBaseline(
    name="lr",
    title="Logistic regression",
    family=Family.FEATURES,
    summary="Weighs each feature for or against a class and adds the weights up.",
    good_for="The first thing to try, and what every network should beat; its weights can be read.",
    paper="Cox 1958",
    doi="10.1111/j.2517-6161.1958.tb00292.x",
    hyper=(*_LINEAR, *_BALANCE),
    check=_no_conflicts,
    blocks=("Letters", "Features", "Weighted sum", "Classes"),
    aliases=("logistic_regression",),
    unused_options=_NO_EARLY_END,
    grows_trees=False,
)

LINEAR_SVM = FeatureBaseline(
    name="svm",
    title="Linear SVM",
    family=Family.FEATURES,
    summary="Draws the plane between the classes that keeps the widest margin, and makes probabilities of distances.",
    good_for="Many features and few records; often close to logistic regression.",
    paper="Cortes & Vapnik 1995; Platt 2000",
    doi="10.1007/BF00994018",
    hyper=(*_LINEAR, *_BALANCE),
    check=_no_conflicts,
    blocks=("Letters", "Features", "Widest margin", "Classes"),
    aliases=("linear_svm",),
    unused_options=_NO_EARLY_END,
    grows_trees=False,
)

KERNEL_SVM = FeatureBaseline(
    name="rbf_svm",
    title="SVM with Gaussian kernel",
    family=Family.FEATURES,
    summary="Judges a record by the training records that are most like it, and leaves out those that decide nothing.",
    good_for="Few records, classes that no single feature tells; strong with proteins, beside trees and networks.",
    paper="Boser et al. 1992; Cortes & Vapnik 1995",
    doi="10.1145/130385.130401",
    hyper=(*_KERNEL, *_BALANCE),
    check=_no_conflicts,
    blocks=("Letters", "Features", "Likeness to records", "Widest margin", "Classes"),
    aliases=("kernel_svm", "svm_rbf"),
    unused_options=_NO_EARLY_END,
    grows_trees=False,
    compares_records=True,
)

RANDOM_FOREST = FeatureBaseline(
    name="random_forest",
    title="Random forest",
    family=Family.FEATURES,
    summary="Lets many decision trees, each grown on another sample of records and features, vote.",
    good_for="Few records, features that matter in combination; hardly anything to set.",
    paper="Breiman 2001",
    doi="10.1023/A:1010933404324",
    hyper=(
        *_TREES,
        _trees(300),
        HyperParameter(
            "depth", "Depth at most", "Questions from root to leaf; 0 sets no limit.", 0, 0, 100, unit="questions"
        ),
        HyperParameter(
            "leaf_records",
            "Records per leaf",
            "A leaf holds at least this many training records; more of them counter learning by heart.",
            1,
            1,
            1_000,
            unit="records",
        ),
        HyperParameter(
            "thresholds",
            "Thresholds",
            "Where a question divides the records. At random makes trees that are less alike and sees all records in "
            "each (extremely randomised trees: Geurts et al. 2006); often better with many weak features.",
            "best",
            choices=(("best", "The best of a sample of records"), ("random", "The best of some at random")),
        ),
        HyperParameter(
            "tried",
            "Features per question",
            "Share of the features of which the best is asked. 0 takes the square root of their number, which is few "
            "when many features are rare; more make each tree better and all of them more alike.",
            0.0,
            0.0,
            1.0,
        ),
        *_BALANCE,
    ),
    check=_no_conflicts,
    blocks=("Letters", "Features", "Many trees", "Mean vote", "Classes"),
    aliases=("rf",),
    unused_options=_NO_EARLY_END,
    grows_trees=True,
)

GRADIENT_BOOSTING = FeatureBaseline(
    name="hist_gradient_boosting",
    title="Gradient boosting",
    family=Family.FEATURES,
    summary="Grows small decision trees one after the other, each to correct what those before got wrong.",
    good_for="Usually the strongest baseline; hard to beat with sequences of one length and some thousand records.",
    paper="Friedman 2001; Ke et al. 2017",
    doi="10.1214/aos/1013203451",
    hyper=(
        *_TREES,
        _trees(300),
        HyperParameter(
            "learning_rate",
            "Learning rate",
            "How much each tree corrects. Smaller is more careful and needs more trees.",
            0.1,
            0.001,
            1.0,
        ),
        HyperParameter(
            "leaves",
            "Leaves per tree",
            "More leaves let features act together in more ways.",
            31,
            2,
            512,
            unit="leaves",
        ),
        HyperParameter(
            "leaf_records",
            "Records per leaf",
            "A leaf holds at least this many training records; more of them counter learning by heart.",
            20,
            1,
            1_000,
            unit="records",
        ),
        HyperParameter(
            "bins",
            "Steps per feature",
            "Values of a feature are told apart in so many steps. More are finer and take longer in proportion.",
            64,
            2,
            255,
            unit="steps",
        ),
        HyperParameter(
            "penalty",
            "Penalty",
            "Pulls what leaves say towards nothing; more of it is more cautious.",
            0.0,
            0.0,
            1_000.0,
        ),
        *_BALANCE,
    ),
    check=_no_conflicts,
    blocks=("Letters", "Features", "Trees in turn", "Classes"),
    aliases=("hgb",),
    unused_options=_NETWORKS_ONLY,
    grows_trees=True,
)
