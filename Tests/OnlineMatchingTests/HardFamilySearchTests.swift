import OnlineMatching
import Testing

@Suite("Search for hard families") struct HardFamilySearchTests {
  @Test("deterministic, at least as hard as T(n, k), and never below the proven guarantee") func search() throws {
    for size in [1, 3, 5, 8] {
      let search = try HardFamilySearch(size: size, steps: 300, seed: 4)
      let result = search.run()
      #expect(result == search.run())
      for k in 0...size {
        #expect(result.family.ratio <= (try LaminarFamily.triangularThenPrivate(size, k).ratio) + 1e-12)
      }
      // 0.5761 is guaranteed to Balance, which is opportunistic.
      #expect(result.family.ratio >= RatioConstants.huangZhangEqual)
      #expect(result.progress.last == result.family.ratio)
    }
  }
}
