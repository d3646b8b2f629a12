public import JSON
public import LinearAlgebra
public import MDPs

/// A case of `Tests/Reference/reward-distances`: a model, two rewards by transition, a policy, and the answers.
public struct ComparisonCase: Sendable {
  /// The whole file.
  public let file: JSONCursor
  /// The model.
  public let mdp: MDP
  /// R1 and R2.
  public let rewards: [Reward]
  /// A fixed random policy.
  public let policy: Policy

  /// The names of all cases.
  public static let names = [
    "a01-two-state-switch", "a02-random-3x2", "a03-interpolation-4x3", "a04-shaping-5x2", "a05-redistribution-4x2",
    "a06-all-three-6x3", "a07-negated-4x2", "a08-grid-3x3", "a09-grid-3x3-shaped", "a10-paper-sampler-16x4",
    "a11-gamma0-3x3", "a12-gamma099-8x2", "a13-absorbing-5x2",
  ]

  /// Reads the case called `name`.
  public init(_ name: String) throws {
    let file = try Reference.json("reward-distances/\(name).json")
    self.file = file
    mdp = try MDP(
      actionCount: file["nActions"].integer(), transitions: .dense(file["P"].flatRows()),
      discount: file["gamma"].double(), initialDistribution: file["mu0"].doubles())
    rewards = try ["R1", "R2"].map { Reward(name: $0, values: .transition(try file[$0].flatRows())) }
    policy = .stochastic(try Matrix(rows: file["policy"].rows()))
  }
}

extension JSONCursor {
  /// An array [s][a][t] as rows s · A + a.
  public func flatRows() throws -> Matrix { try Matrix(rows: try elements().flatMap { try $0.rows() }) }

  /// All numbers of a nested array, in order.
  public func flatNumbers() throws -> [Double] {
    if case .array = value { return try elements().flatMap { try $0.flatNumbers() } }
    return [try double()]
  }
}
