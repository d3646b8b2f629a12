import Foundation
import OnlineMatching
import Testing

@Suite("Search for hard families") struct HardFamilySearchTests {
  @Test("deterministic, at least as hard as T(n, k), and never below the proven guarantee") func search() throws {
    for size in [1, 3, 5, 8] {
      let search = try HardFamilySearch(size: size, steps: 300, seed: 4)
      let result = try search.run()
      #expect(result == (try search.run()))
      for k in 0...size {
        #expect(result.family.ratio <= (try LaminarFamily.triangularThenPrivate(size, k).ratio) + 1e-12)
      }
      // 0.5761 is guaranteed to Balance, which is opportunistic.
      #expect(result.family.ratio >= RatioConstants.huangZhangEqual)
      #expect(result.progress.last == result.family.ratio)
    }
  }

  @Test("the interval of B2 holds what single vertices and finite instances have, and lies below B0")
  func bound() throws {
    // One vertex, mass λ: B2 is 1 − e^(−λ).
    for mass in [0.3, 1, 2.5] {
      let single = try LaminarFamily(size: 1, mass: mass).stochasticBound(piecesPerUnit: 64)
      let truth = 1 - exp(-mass)
      #expect(single.contains(truth))
      #expect(single.upperBound - single.lowerBound < 0.01)
    }
    for family in [
      try LaminarFamily.triangular(3), try .triangularThenPrivate(4, 1), try .triangularThenPrivate(5, 2),
      try LaminarFamily(
        size: 5, mass: 1.25, children: [LaminarFamily(size: 2, mass: 0.75), LaminarFamily(size: 2, mass: 0.75)]),
    ] {
      let coarse = try family.stochasticBound(piecesPerUnit: 8)
      let fine = try family.stochasticBound(piecesPerUnit: 32)
      #expect(coarse.lowerBound <= fine.upperBound && fine.lowerBound <= coarse.upperBound)
      #expect(fine.upperBound - fine.lowerBound < 0.5 * (coarse.upperBound - coarse.lowerBound) + 1e-6)
      #expect(fine.lowerBound <= family.matchingBound + 1e-9)
      // What is earned is no more than B2.
      #expect(family.expectedSuccesses <= fine.upperBound + 1e-9)
      // B2 with p = 1/s tends to the limit, the difference falling as 1/s.
      let values = try [8, 16].map {
        try MatchingPrograms.stochasticCompact(family.instance(copiesPerUnit: $0)).value
      }
      let limit = 2 * values[1] - values[0]
      #expect(limit > fine.lowerBound - 0.02 && limit < fine.upperBound + 0.02)
    }
  }

  @Test("against B2 the search is deterministic and no ratio is below that against B0") func stochastic() throws {
    let search = try HardFamilySearch(size: 4, steps: 40, seed: 2, benchmark: .stochastic(piecesPerUnit: 8))
    let result = try search.run()
    #expect(result == (try search.run()))
    #expect(result.ratio >= result.family.ratio - 1e-12)
    #expect(result.progress.last == result.ratio)
    #expect(throws: MatchingError.self) {
      try HardFamilySearch(size: 2, benchmark: .stochastic(piecesPerUnit: 0)).run()
    }
  }
}
