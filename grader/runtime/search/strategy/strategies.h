/* strategies.h - the table of strategies: one line each, the default first. The names are those of --strategy. */
STRATEGY(mixture, "mixture")
STRATEGY(random, "random")
STRATEGY(pct, "pct")
STRATEGY(pos, "pos")
STRATEGY(weighted, "weighted")
STRATEGY(depth_first, "depth-first")
STRATEGY(racy, "racy")
