public import JSON
internal import LinearAlgebra
public import MDPSolvers
public import MDPs

/// The answer of `solve --criterion pareto`: the vertices of the front, and the half-spaces that prove them.
public struct ParetoReport: Report {
  /// A reward and whether it is to be large or small.
  public struct Objective: Sendable {
    /// What is returned.
    public let reward: Reward
    /// Whether it is a gain or a cost.
    public let direction: Direction

    /// An objective.
    public init(reward: Reward, direction: Direction) {
      self.reward = reward
      self.direction = direction
    }
  }

  private struct Vertex {
    var policy: [Int]
    var returns: [Double]
    var further: [JSONValue.Member]
    var exact: [String]
  }

  private let mdp: MDP
  private let objectives: [Objective]
  private let vertices: [Vertex]
  private let proof: [JSONValue.Member]
  private let lines: [String]

  /// The report of a front that was found to a precision.
  public init(_ front: ParetoApproximation, of objectives: [Objective], mdp: MDP) {
    self.mdp = mdp
    self.objectives = objectives
    vertices = front.vertices.map { vertex in
      Vertex(
        policy: vertex.policy, returns: vertex.returns,
        further: [.init("errorBound", .finite(vertex.errorBound)), .init("weights", .numbers(vertex.weights))],
        exact: [])
    }
    let outer: [JSONValue] = front.halfSpaces.map { ["weights": .numbers($0.weights), "bound": .finite($0.bound)] }
    proof = [
      .init("outer", .array(outer)), .init("precision", .finite(front.precision)), .init("level", "E2"),
      .init("proof", "each half-space is the proven optimum of a weighted problem; vertices are evaluated policies"),
      .init("ending", .string(front.ending.rawValue)), .init("method", "inner and outer approximation"),
      .init("iterations", .integer(front.problemCount)),
    ]
    lines =
      [
        "precision  \(front.precision.readable(digits: 3)) between mixtures of the vertices and \(outer.count) "
          + "proven half-spaces (E2)",
        "method     inner and outer approximation, \(front.problemCount) weighted problems",
      ]
      + (front.ending == .converged ? [] : ["note       \(front.ending.rawValue): the precision asked for is not met"])
  }

  /// The report of the exact front of two objectives.
  ///
  /// - Parameters:
  ///   - vertices: the front.
  ///   - objectives: the two rewards.
  ///   - mdp: the world.
  ///   - source: how the numbers of the input were read.
  public init(_ vertices: [ExactParetoFront.Vertex], of objectives: [Objective], mdp: MDP, source: String) {
    self.mdp = mdp
    self.objectives = objectives
    self.vertices = vertices.map { vertex in
      let exact = vertex.returns.map(\.description)
      return Vertex(
        policy: vertex.policy, returns: vertex.returns.map { Double($0) },
        further: [.init("exact", .array(exact.map { .string($0) }))], exact: exact)
    }
    let isBeyond = self.vertices.contains { !$0.returns.allSatisfy(\.isFinite) }
    let reason = JSONValue.Member("reason", "returns beyond the range of doubles are null; exact has them")
    let certain: [JSONValue.Member] = [
      .init("precision", .integer(0)), .init("level", "E4"),
      .init("proof", "between neighbours no policy is better in the direction of their normal, in rational arithmetic"),
      .init("ending", .string(Ending.converged.rawValue)), .init("method", "bisection of the weights in rationals"),
      .init("input", .string(source)),
    ]
    proof = isBeyond ? certain + [reason] : certain
    lines = ["precision  exact (E4)", "input      \(source)", "method     bisection of the weights in rationals"]
  }

  /// `{"states", "actions", "criterion", "discount", "objectives": [{"reward", "direction"}], "vertices": [{"returns",
  /// "policy", "errorBound", "weights"}], "outer": [{"weights", "bound"}], "precision", "level", "proof", "ending",
  /// "method", "iterations"}`; with `--exact` each vertex has `"exact": ["p/q", …]` instead of a bound.
  ///
  /// Returns and weights are in the order of the objectives; for the returns x of every policy and each half-space,
  /// Σ w x ≤ bound, where a minimised objective counts negatively.
  public var json: JSONValue {
    let named: [JSONValue] = objectives.map {
      ["reward": .string($0.reward.name), "direction": .string($0.direction.rawValue)]
    }
    let points: [JSONValue] = vertices.map {
      .object([.init("returns", .numbers($0.returns)), .init("policy", .integers($0.policy))] + $0.further)
    }
    let head: [JSONValue.Member] = [
      .init("states", .integer(mdp.stateCount)), .init("actions", .integer(mdp.actionCount)),
      .init("criterion", "pareto"), .init("discount", .number(mdp.discount)), .init("objectives", .array(named)),
      .init("vertices", .array(points)),
    ]
    return .object(head + proof)
  }

  /// The front as a table, best in the first objective first.
  public var text: String {
    let goals = objectives.map { "\($0.direction == .maximise ? "largest" : "smallest") \($0.reward.name)" }
    var table = TextTable(
      header: ["vertex"] + objectives.map(\.reward.name),
      alignments: [.right] + objectives.map { _ in .right })
    for (i, vertex) in vertices.enumerated() {
      let row = vertex.exact.isEmpty ? vertex.returns.map { $0.readable(digits: 12) } : vertex.exact
      table.append(["\(i + 1)"] + row)
    }
    return
      (["pareto, \(goals.joined(separator: " against ")), discount \(mdp.discount): \(mdp.stateCount) states"] + lines)
      .joined(separator: "\n") + "\n\n" + table.text()
  }
}
