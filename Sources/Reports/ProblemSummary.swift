public import Files
public import JSON
internal import LinearAlgebra
internal import MDPSolvers
public import MDPs

/// What a problem holds, for a reader who has not seen it: sizes, structure, rewards, labels.
public struct ProblemSummary: Sendable {
  private let problem: Problem
  private let reachableCount: Int
  private let absorbingCount: Int
  private let isDeterministic: Bool
  private let pairCount: Int
  private let positiveCount: Int
  private let structure: ChainStructure

  /// The summary of `problem`.
  ///
  /// - Complexity: O(stored transitions)
  public init(_ problem: Problem) {
    let mdp = problem.mdp
    var (pairs, positive, absorbing, deterministic) = (0, 0, 0, true)
    for s in 0..<mdp.stateCount {
      var stays = true
      for a in 0..<mdp.actionCount where mdp.isAvailable(s, a) {
        var successors = 0
        mdp.transitions.forEachSuccessor(ofRow: mdp.pair(s, a)) { t, _ in
          successors += 1
          if t != s { stays = false }
        }
        pairs += 1
        positive += successors
        if successors > 1 { deterministic = false }
      }
      if stays { absorbing += 1 }
    }
    self.problem = problem
    reachableCount = mdp.statesReached(from: mdp.initialDistribution.map { $0 > 0 }).count { $0 }
    absorbingCount = absorbing
    isDeterministic = deterministic
    pairCount = pairs
    positiveCount = positive
    structure = ChainStructure(mdp)
  }

  private var storage: String {
    switch problem.mdp.transitions {
    case .dense: "dense"
    case .sparse: "sparse"
    }
  }

  /// The summary as one JSON object.
  public var json: JSONValue {
    let mdp = problem.mdp
    return [
      "states": .integer(mdp.stateCount),
      "actions": .integer(mdp.actionCount),
      "pairs": .integer(pairCount),
      "transitions": .integer(positiveCount),
      "storage": .string(storage),
      "discount": problem.statesDiscount ? .finite(mdp.discount) : .null,
      "reachableStates": .integer(reachableCount),
      "absorbingStates": .integer(absorbingCount),
      "deterministic": .bool(isDeterministic),
      "structure": .string(structure.kind.rawValue),
      "endComponents": .integer(structure.endComponents.count),
      "transientStates": .integer(structure.transientCount),
      "largestRowSumDefect": .finite(mdp.largestRowSumDefect),
      "exactNumbers": .bool(problem.exact != nil),
      "rewards": .array(problem.rewards.map(rewardJSON)),
      "labels": .array(
        problem.labels.map { ["name": .string($0.name), "states": .integer($0.states.count { $0 })] }),
    ]
  }

  private func rewardJSON(_ reward: Reward) -> JSONValue {
    let range = expectedRange(of: reward)
    return [
      "name": .string(reward.name), "form": .string(reward.values.formName),
      "least": range.map { .finite($0.lowerBound) } ?? .null, "largest": range.map { .finite($0.upperBound) } ?? .null,
    ]
  }

  /// The summary as text for the screen.
  public var text: String {
    let mdp = problem.mdp
    var facts = TextTable(alignments: [.left, .left])
    facts.append(
      "states", "\(mdp.stateCount) (\(reachableCount) reachable from the start, \(absorbingCount) absorbing)")
    facts.append(
      "actions", mdp.availability == nil ? "\(mdp.actionCount)" : "up to \(mdp.actionCount) (\(pairCount) pairs in all)"
    )
    facts.append(
      "transitions", "\(positiveCount) possible, stored \(storage)" + (isDeterministic ? ", deterministic" : ""))
    facts.append(
      "discount", problem.statesDiscount ? "\(mdp.discount)" : "none in the file; discounted answers need --discount")
    let ends = structure.endComponents
    facts.append(
      "structure",
      "\(structure.kind.rawValue): \(ends.count) end component\(ends.count == 1 ? "" : "s"), the largest of "
        + "\(ends.map(\.count).max() ?? 0) states; \(structure.transientCount) transient")
    facts.append("row sums", "1 ± \(mdp.largestRowSumDefect.readable(digits: 3))")
    if problem.exact != nil { facts.append("numbers", "exact rationals are in the file") }
    var rewards = TextTable(
      header: ["reward", "given by", "least", "largest"], alignments: [.left, .left, .right, .right])
    for reward in problem.rewards {
      let range = expectedRange(of: reward)
      rewards.append(
        reward.name, reward.values.formName, range?.lowerBound.readable() ?? "", range?.upperBound.readable() ?? "")
    }
    var labels = TextTable(header: ["label", "states"], alignments: [.left, .right])
    for label in problem.labels { labels.append(label.name, "\(label.states.count { $0 })") }
    return [
      facts.text(), problem.rewards.isEmpty ? "no rewards\n" : rewards.text(),
      problem.labels.isEmpty ? "" : labels.text(),
    ].filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// The least and largest expected reward of an available pair; nil when the reward does not fit the model.
  private func expectedRange(of reward: Reward) -> ClosedRange<Double>? {
    guard let expected = try? reward.expected(in: problem.mdp) else { return nil }
    let values = expected.indices.filter { problem.mdp.availability?[$0] ?? true }.map { expected[$0] }
    guard let least = values.min(), let largest = values.max() else { return nil }
    return least...largest
  }
}

extension Reward.Values {
  /// What the reward depends on, in a word.
  public var formName: String {
    switch self {
    case .state: "state"
    case .pair: "state and action"
    case .transition, .sparseTransition: "transition"
    }
  }
}
