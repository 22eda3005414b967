"""Which of two class names is the background, and where nothing is guessed."""

from __future__ import annotations

import pytest

from bioseq.config.label_names import names_a_negative

BACKGROUND_FIRST = [
    ("0", "1"),
    ("-1", "1"),
    ("\u22121", "+1"),
    ("-", "+"),
    ("CD4-", "CD4+"),
    ("(-)", "(+)"),
    ("neg", "pos"),
    ("neg_1", "pos_1"),
    ("neg1", "pos1"),
    ("NEGATIVE", "POSITIVE"),
    ("no", "yes"),
    ("N", "Y"),
    ("F", "T"),
    ("false", "true"),
    ("wildtype", "mutant"),
    ("wild-type", "mutant"),
    ("WildType", "Mutant"),
    ("WT", "MUT"),
    ("normal", "cancer"),
    ("normal tissue", "tumor tissue"),
    ("healthy", "disease"),
    ("control", "disease"),
    ("control", "case"),
    ("benign", "pathogenic"),
    ("unbound", "bound"),
    ("nonbinder", "binder"),
    ("non-binding", "binding"),
    ("nonAMP", "AMP"),
    ("NonAMP", "AMP"),
    ("non-enhancer", "enhancer"),
    ("background", "promoter"),
    ("random genomic", "promoter"),
    ("unmethylated", "methylated"),
    ("unmodified", "m6A"),
    ("inactive", "active"),
    ("insoluble", "soluble"),
    ("unfolded", "folded"),
    ("nontoxic", "toxic"),
    ("noncoding", "coding"),
    ("not_site", "site"),
    ("not a site", "site"),
    ("no_site", "site"),
    ("no peak", "peak"),
    ("class_0", "class_1"),
    ("label 0", "label 1"),
    ("other", "antimicrobial"),
    ("H1_decoy", "H1_hit"),
    ("ref", "alt"),
    ("susceptible", "resistant"),
]


@pytest.mark.parametrize(("background", "wanted"), BACKGROUND_FIRST)
def test_of_the_usual_pairs_one_is_the_background(background: str, wanted: str) -> None:
    assert names_a_negative(background, wanted)
    assert not names_a_negative(wanted, background)


@pytest.mark.parametrize(
    "pair",
    [
        ("nonsense", "missense"),
        ("nonsense", "sense"),
        ("nonsynonymous", "synonymous"),
        ("Notch1", "Notch2"),
        ("NotI", "EcoRI"),
        ("notochord", "somite"),
        ("negev", "galilee"),
        ("noradrenaline", "dopamine"),
        ("nodule", "root"),
        ("universal", "specific"),
        ("in-frame", "frameshift"),
        ("in vivo", "in vitro"),
        ("intron", "exon"),
        ("insulin", "glucagon"),
        ("uniprot", "pdb"),
        ("gram-negative", "gram-positive"),
        ("dominant negative", "loss of function"),
        ("WT1", "PAX6"),
        ("REST", "CTCF"),
        ("1", "2"),
        ("-1", "0.5"),
        ("a-", "b+"),
        ("A", "T"),
        ("cat", "dog"),
        ("enhancer", "promoter"),
    ],
)
def test_where_the_names_leave_a_doubt_neither_is_the_background(pair: tuple[str, str]) -> None:
    assert not names_a_negative(*pair)
    assert not names_a_negative(*reversed(pair))


@pytest.mark.parametrize("pair", [("0", "none"), ("control", "wildtype"), ("healthy", "negative")])
def test_two_backgrounds_are_both_named_so(pair: tuple[str, str]) -> None:
    assert names_a_negative(*pair)
    assert names_a_negative(*reversed(pair))


@pytest.mark.parametrize(
    "label", ["non-binding", "nonAMP", "not_site", "negative", "neg_1", "noncoding", "0", "unbound", "inactive"]
)
def test_a_background_is_known_without_its_partner(label: str) -> None:
    assert names_a_negative(label)


@pytest.mark.parametrize("label", ["nonsense", "Notch1", "NotI", "notochord", "-1", "-", "", " ", "1", "insoluble"])
def test_what_may_be_anything_is_no_background_without_its_partner(label: str) -> None:
    assert not names_a_negative(label)
