"""Which sequences are alike: pairs, clusters, nearest neighbours. Needs numpy; MMseqs2 is used where it is installed.

The identity of two sequences is the number of identical aligned letters over the length of the shorter one, [0, 1], as
CD-HIT counts it (Li and Godzik 2006). Letters that stand for several residues are identical to none. Two sequences are
only alike when the shorter has at least a share `coverage` of the letters of the longer, so that a peptide of two
letters is not alike to every protein that holds them.
"""
