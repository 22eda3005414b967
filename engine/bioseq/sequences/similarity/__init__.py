"""Which sequences are alike: pairs, clusters, nearest neighbours. Needs numpy; MMseqs2 is used where it is installed.

The identity of two sequences is the number of identical aligned letters over the length of the shorter one, [0, 1], as
CD-HIT counts it (Li and Godzik 2006), but over at least 8 residues of proteins or 15 nucleotides, since fewer letters
are the same by chance. Letters that stand for several residues are identical to none. Two sequences are only alike when
the shorter has at least a share `coverage` of the letters of the longer, so that a piece is not alike to every protein
that holds it; of windows of one length, that share of the letters must stand opposite a letter.
"""
