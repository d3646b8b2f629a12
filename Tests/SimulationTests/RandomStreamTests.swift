import Simulation
import Testing

@Suite("Random streams") struct RandomStreamTests {
  /// The known answers that Salmon et al. publish with Philox4x32-10.
  @Test("Philox gives its published blocks") func philox() {
    #expect(
      Philox.block(SIMD4(repeating: 0), key: 0) == SIMD4(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8))
    #expect(
      Philox.block(SIMD4(repeating: .max), key: .max) == SIMD4(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD))
    #expect(
      Philox.block(SIMD4(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344), key: 0x299F_31D0_A409_3822)
        == SIMD4(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1))
  }

  /// First words of SplitMix64 from seed 0, as its authors' program prints them.
  @Test("SplitMix64 gives its published words") func splitMix() {
    var generator = SplitMix64(seed: 0)
    #expect(generator.next() == 0xE220_A839_7B1D_CDAF)
    #expect(generator.next() == 0x6E78_9E6A_A1B9_65F4)
  }

  @Test("a change of any name changes the stream; the same names repeat it") func names() {
    func first(_ seed: UInt64, _ replicate: Int, _ stream: UInt64, _ purpose: RandomStream.Purpose) -> UInt64 {
      var s = RandomStream(seed: seed, replicate: replicate, stream: stream, purpose: purpose)
      return s.next()
    }
    var seen = Set<UInt64>()
    for seed in 0..<8 {
      for replicate in 0..<8 {
        for stream in 0..<8 {
          for purpose in [RandomStream.Purpose.environment, .policy, .instance] {
            seen.insert(first(UInt64(seed), replicate, UInt64(stream) &<< 30, purpose))
          }
        }
      }
    }
    #expect(seen.count == 8 * 8 * 8 * 3)
    #expect(first(1, 2, 3, .policy) == first(1, 2, 3, .policy))
    #expect(RandomStream.identifier(of: "ucb1") != RandomStream.identifier(of: "ucb2"))
  }

  /// A law, its mean, its variance and its fourth central moment, from which the error bars follow.
  static let laws: [(name: String, draw: @Sendable (inout RandomStream) -> Double, mean: Double, variance: Double)] = [
    ("uniform", { $0.uniform() }, 0.5, 1 / 12),
    ("normal", { $0.normal() }, 0, 1),
    ("exponential", { $0.exponential() }, 1, 1),
    ("gamma 0.3", { $0.gamma(shape: 0.3) }, 0.3, 0.3),
    ("gamma 1", { $0.gamma(shape: 1) }, 1, 1),
    ("gamma 7.5", { $0.gamma(shape: 7.5) }, 7.5, 7.5),
    ("gamma of one word 1", { $0.gammaOfOneWord(GammaLaw(shape: 1), .normal) }, 1, 1),
    ("gamma of one word 2.5", { $0.gammaOfOneWord(GammaLaw(shape: 2.5), .normal) }, 2.5, 2.5),
    ("gamma of one word 400", { $0.gammaOfOneWord(GammaLaw(shape: 400), .normal) }, 400, 400),
    ("beta 2 3", { $0.beta(2, 3) }, 0.4, 0.04),
    ("beta 0.2 0.1", { $0.beta(0.2, 0.1) }, 2 / 3.0, 2 / 9.0 / 1.3),
    ("beta 400 1", { $0.beta(400, 1) }, 400 / 401.0, 400 / (401.0 * 401 * 402)),
    ("bernoulli 0.3", { $0.bernoulli(0.3) ? 1 : 0 }, 0.3, 0.21),
    ("index below 3", { Double($0.index(below: 3)) }, 1, 2 / 3.0),
    ("categorical", { Double($0.categorical([0, 1, 0, 3])) }, 2.5, 0.75),
  ]

  @Test("means and variances of every law lie within five standard errors", arguments: laws.indices)
  func moments(index: Int) {
    let law = Self.laws[index]
    var stream = RandomStream(seed: 11, stream: UInt64(index))
    let n = 100_000
    let draws = (0..<n).map { _ in law.draw(&stream) }
    let mean = draws.reduce(0, +) / Double(n)
    let squares = draws.map { ($0 - law.mean) * ($0 - law.mean) }
    let variance = squares.reduce(0, +) / Double(n)
    let fourth = squares.map { $0 * $0 }.reduce(0, +) / Double(n)
    #expect(abs(mean - law.mean) < 5 * (law.variance / Double(n)).squareRoot())
    #expect(abs(variance - law.variance) < 5 * ((fourth - variance * variance) / Double(n)).squareRoot())
  }

  /// P(|X| > 3.654…) is the tail of the ziggurat: 2.58e-4 of all draws.
  @Test("the normal law has the right share in its layers and in its tail") func normalTail() {
    var stream = RandomStream(seed: 3)
    let n = 2_000_000
    let cuts = [0.5, 1.0, 2.0, 3.0, 3.654152885361009]
    let beyond = [0.617075077451974, 0.317310507862914, 0.045500263896358, 0.002699796063260, 0.000258034660906]
    var counts = [Int](repeating: 0, count: cuts.count)
    for _ in 0..<n {
      let x = abs(stream.normal())
      for (i, cut) in cuts.enumerated() where x > cut { counts[i] += 1 }
    }
    for i in cuts.indices {
      let p = beyond[i]
      #expect(abs(Double(counts[i]) - Double(n) * p) < 5 * (Double(n) * p * (1 - p)).squareRoot())
    }
  }

  @Test("tiny concentrations give points of the simplex") func dirichlet() {
    var stream = RandomStream(seed: 5)
    for concentration in [1e-9, 0.1, 1, 50] {
      let point = stream.dirichlet([concentration, 2 * concentration, concentration])
      #expect(abs(point.reduce(0, +) - 1) < 1e-12 && point.allSatisfy { $0 >= 0 })
    }
    let x = stream.beta(1e-300, 1e-300)
    #expect(x >= 0 && x <= 1)
  }
}
