#pragma once
#include <stdint.h>
/* Loops of bandit simulations in plain C, with the generator that we use. */

/* UCB1 on Bernoulli arms (at most 64); returns the pseudo-regret. */
double peer_ucb1(long arms, const double *means, long pulls, uint64_t seed);

/* Uniform plays of a tallying bandit with unit weights seen through Bernoulli noise; returns the total mean loss. The table
   holds the losses at counts 1 to memory, row-major by arm. */
double peer_tallying(long arms, long memory, const double *table, long steps, uint64_t seed);
