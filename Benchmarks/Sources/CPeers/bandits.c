#include "bandits.h"

#include <math.h>
#include <stdlib.h>

static inline uint64_t rotate(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

/* Fills the state of xoshiro256++ by SplitMix64. */
static void seed_state(uint64_t s[4], uint64_t seed) {
  for (int i = 0; i < 4; i++) {
    uint64_t z = (seed += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    s[i] = z ^ (z >> 31);
  }
}

/* A word of xoshiro256++. */
static inline uint64_t next(uint64_t s[4]) {
  uint64_t word = rotate(s[0] + s[3], 23) + s[0], shifted = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = rotate(s[3], 45);
  return word;
}

/* A uniform number in [0, 1). */
static inline double uniform(uint64_t s[4]) { return (double)(next(s) >> 11) * 0x1p-53; }

/* A uniform index below count, by Lemire's multiplication. */
static inline long below(uint64_t s[4], long count) {
  unsigned __int128 product = (unsigned __int128)next(s) * (uint64_t)count;
  if ((uint64_t)product < (uint64_t)count) {
    uint64_t threshold = -(uint64_t)count % (uint64_t)count;
    while ((uint64_t)product < threshold) product = (unsigned __int128)next(s) * (uint64_t)count;
  }
  return (long)(product >> 64);
}

double peer_ucb1(long arms, const double *means, long pulls, uint64_t seed) {
  uint64_t s[4];
  seed_state(s, seed);
  double n[64] = {0}, sum[64] = {0}, mean[64] = {0}, best_mean = 0, regret = 0;
  for (long a = 0; a < arms; a++) if (means[a] > best_mean) best_mean = means[a];
  for (long t = 0; t < pulls; t++) {
    long arm = 0;
    if (t < arms) arm = t;
    else {
      double bonus = 2 * log((double)t), best = -1;
      for (long a = 0; a < arms; a++) {
        double value = mean[a] + sqrt(bonus / n[a]);
        if (value > best) { best = value; arm = a; }
      }
    }
    double reward = uniform(s) < means[arm] ? 1 : 0;
    n[arm] += 1;
    sum[arm] += reward;
    mean[arm] = sum[arm] / n[arm];
    regret += best_mean - means[arm];
  }
  return regret;
}

double peer_tallying(long arms, long memory, const double *table, long steps, uint64_t seed) {
  uint64_t s[4], choices[4];
  seed_state(s, seed);
  seed_state(choices, ~seed);
  int *ring = malloc((size_t)memory * sizeof(int)), *count = calloc((size_t)arms + 1, sizeof(int));
  long *pulls = calloc((size_t)arms, sizeof(long));
  for (long i = 0; i < memory; i++) ring[i] = (int)arms;
  long place = 0;
  double total = 0, rewards = 0;
  for (long t = 0; t < steps; t++) {
    long arm = below(choices, arms);
    count[ring[place]]--;
    ring[place] = (int)arm;
    if (++place == memory) place = 0;
    double loss = table[arm * memory + ++count[arm] - 1];
    total += loss;
    rewards += uniform(s) < loss ? 0 : 1;
    pulls[arm]++;
  }
  double checked = rewards + (double)pulls[0] < 0 ? 0 : total;
  free(ring);
  free(count);
  free(pulls);
  return checked;
}
