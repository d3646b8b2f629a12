internal import LinearAlgebra
internal import MDPs

/// The 3 × 3 grid of the EPIC paper with its illustrative rewards: how distances see them.
///
/// Five actions (stay, north, east, south, west; a move off the grid stays), discount 0.99, every state a start. The rewards
/// are by state, on the cells row by row: `sparse` pays in the goal (bottom right), `dense` is `sparse` shaped by minus the
/// number of steps to the goal, `path` has two cells of −1 above and two below a corridor and 4 in the goal, `cliff` is
/// `path` with −4 below.
///
/// Source: Gleave et al., EPIC, arXiv 2006.13900 (2021), section 5; the published distances are those of the code of Skalse
/// et al., STARC, arXiv 2309.15257 (2024).
public struct EpicGridStudy: Sendable {
  /// A distance of two rewards beside the published number.
  public struct Row: Sendable, Equatable {
    /// The names of the rewards.
    public let pair: [String]
    /// EPIC-2-2, in [0, 2].
    public let distance: Double
    /// The same as published, to four digits; nil where none is.
    public let published: Double?

    /// Whether the two agree to the digits published.
    public var agrees: Bool { published.map { abs($0 - distance) <= 0.5e-4 } ?? true }
  }

  /// What came out.
  public struct Result: Sendable, Equatable {
    /// One row a pair of rewards.
    public let rows: [Row]
    /// Measures between all pairs.
    public let matrices: [RewardMatrix]
  }

  /// The study.
  public init() {}

  private static let side = 3
  private static let sparse: [Double] = [0, 0, 0, 0, 0, 0, 0, 0, 1]
  private static let path: [Double] = [0, -1, -1, 0, 0, 0, -1, -1, 4]
  private static let cliff: [Double] = [0, -1, -1, 0, 0, 0, -4, -4, 4]

  private static let published: [(String, String, Double)] = [
    ("sparse", "path", 0.3204), ("sparse", "cliff", 0.7351), ("path", "cliff", 0.5344),
  ]

  /// Works everything out.
  ///
  /// - Throws: ``RewardDistanceError``
  public func run() throws(RewardDistanceError) -> Result {
    let (mdp, world) = try makeWorld()
    let steps: [Double] = (0..<9).map { cell in Double(cell / 3 + cell % 3 - 4) }
    let rewards = try world.admit([
      Reward(name: "sparse", values: .state(Self.sparse)),
      Reward(name: "dense", values: .transition(Self.shaped(Self.sparse, by: steps, in: mdp))),
      Reward(name: "path", values: .state(Self.path)), Reward(name: "cliff", values: .state(Self.cliff)),
    ])
    let epic = RewardDistance.standardised(.epic, RewardNorm(.two), .norm(RewardNorm(.two)))
    var rows: [Row] = []
    for (i, first) in rewards.enumerated() {
      for second in rewards[(i + 1)...] {
        let known = Self.published.first { $0.0 == first.name && $0.1 == second.name }?.2
        rows.append(
          Row(
            pair: [first.name, second.name], distance: try world.distance(epic, first, second).value, published: known))
      }
    }
    var matrices: [RewardMatrix] = []
    for name in ["EPIC-2-2", "VAL-2-2", "range", "NPEC-normalised", "regret"] {
      matrices.append(try world.matrix(of: PairMeasure(name: name), rewards))
    }
    return Result(rows: rows, matrices: matrices)
  }

  private func makeWorld() throws(RewardDistanceError) -> (MDP, ComparisonWorld) {
    let side = Self.side
    var matrix = Matrix(rowCount: side * side * 5, columnCount: side * side)
    for s in 0..<(side * side) {
      for (a, move) in [(0, 0), (-1, 0), (0, 1), (1, 0), (0, -1)].enumerated() {
        let (row, column) = (s / side + move.0, s % side + move.1)
        let isInside = (0..<side).contains(row) && (0..<side).contains(column)
        matrix[s * 5 + a, isInside ? row * side + column : s] = 1
      }
    }
    let mdp = try model { () throws(MDPError) in
      try MDP(actionCount: 5, transitions: .dense(matrix), discount: 0.99)
    }
    return (mdp, try ComparisonWorld(mdp))
  }

  /// R(s) + γ Φ(t) − Φ(s)
  private static func shaped(_ reward: [Double], by potential: [Double], in mdp: MDP) -> Matrix {
    var result = Matrix(rowCount: 45, columnCount: 9)
    for k in 0..<45 {
      for t in 0..<9 { result[k, t] = reward[k / 5] + mdp.discount * potential[t] - potential[k / 5] }
    }
    return result
  }
}
