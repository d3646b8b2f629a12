import LinearAlgebra
import MDPs

/// A stream of pseudo-random words (SplitMix64), so that every test sees the same problems.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  init(_ seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// A random model with dyadic probabilities (denominator 64) whose rows sum to 1 exactly, and a dyadic reward.
struct RandomProblem {
  var mdp: MDP
  var reward: [Double]

  init(
    seed: Int, states S: Int, actions A: Int, successors: Int, discount: Double, sparse: Bool = true,
    masked: Bool = false
  ) throws {
    var random = SplitMix(seed)
    var builder = SparseRowsBuilder(columnCount: S)
    var availability = [Bool](repeating: true, count: S * A)
    reward = []
    for s in 0..<S {
      let keep = Int.random(in: 0..<A, using: &random)
      for a in 0..<A {
        reward.append(Double(Int.random(in: -32...32, using: &random)) / 16)
        if masked, a != keep, Bool.random(using: &random) {
          availability[s * A + a] = false
          builder.endRow()
          continue
        }
        var weights = [Int: Int]()
        var left = 64
        for j in 0..<successors where left > 0 {
          let w = j == successors - 1 ? left : Int.random(in: 1...max(1, left / 2), using: &random)
          weights[Int.random(in: 0..<S, using: &random), default: 0] += w
          left -= w
        }
        for (t, w) in weights.sorted(by: { $0.key < $1.key }) {
          builder.append(column: Int32(t), value: Double(w) / 64)
        }
        builder.endRow()
      }
    }
    let rows = builder.build()
    mdp = try MDP(
      actionCount: A, transitions: sparse ? .sparse(rows) : .dense(rows.dense), discount: discount,
      availability: masked ? availability : nil)
  }
}
