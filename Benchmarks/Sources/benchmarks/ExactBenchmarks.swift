internal import Foundation
internal import RewardGauge

/// Rational answers: discounted values, verified reachability and expected rewards, regret.
enum ExactBenchmarks {
  static let all = [
    Benchmark("exact/discounted") { try [discounted(100), discounted(200)] },
    Benchmark("exact/undiscounted") {
      try [
        expectedReward("consensus-2-K16", reward: "steps", label: "steps_max", .maximise),
        reachability("haddad-monmege-20", label: "target"),
      ]
    },
    Benchmark("exact/comparison") { try [comparison(20), comparison(40)] },
  ]

  /// Four actions, five successors, probabilities of 30 bits, discount 99/100.
  private static func garnet(_ states: Int) throws -> (MDP, Reward) {
    try Garnet(stateCount: states, actionCount: 4, branching: 5, seed: 201).build(discount: 0.99)
  }

  private static func discounted(_ states: Int) throws -> Comparison {
    let (mdp, reward) = try garnet(states)
    return try .measure(
      "\(states) states, 4 actions, 5 successors, 30-bit probabilities",
      ours: { try ExactSolver().solve(RationalModel(mdp, reward: reward)) })
  }

  private static func problem(_ name: String) throws -> Problem {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let path = root.appendingPathComponent("Tests/Reference/mdps/qvbs/\(name).npz").path
    return try Problem.read(from: path, options: ReadOptions(requiresDiscount: false))
  }

  private static func model(_ problem: Problem, reward: String?) throws -> RationalModel {
    guard let exact = problem.exact else { return try RationalModel(problem.mdp, reward: nil) }
    let place = problem.rewards.firstIndex { $0.name == reward }
    let none = [Rational](repeating: 0, count: problem.mdp.stateCount * problem.mdp.actionCount)
    return try RationalModel(
      problem.mdp, probabilities: exact.probabilities, rewards: place.flatMap { exact.rewards[$0] } ?? none)
  }

  private static func expectedReward(
    _ name: String, reward: String, label: String, _ direction: Direction
  ) throws -> Comparison {
    let problem = try problem(name)
    let target = try problem.label(named: label).states
    return try .measure(
      "\(name), expected \(reward)",
      ours: {
        try ExactSolver().solve(
          TotalReward(target: target, direction: direction), model(problem, reward: reward))
      })
  }

  private static func reachability(_ name: String, label: String) throws -> Comparison {
    let problem = try problem(name)
    let target = try problem.label(named: label).states
    return try .measure(
      "\(name), probability",
      ours: { try ExactSolver().solve(Reachability(target: target), model(problem, reward: nil)) })
  }

  private static func comparison(_ states: Int) throws -> Comparison {
    let (mdp, reward) = try garnet(states)
    let proxy = Reward(name: "proxy", values: .state((0..<states).map { Double($0 % 7) / 4 }))
    return try .measure(
      "\(states) states: order, regrets, ranges of two rewards",
      ours: {
        try ExactComparison(truth: RationalModel(mdp, reward: reward), proxy: RationalModel(mdp, reward: proxy))
      })
  }
}
