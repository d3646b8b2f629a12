internal import Foundation
internal import RewardGauge

/// Distances and exact regret: beside the published Python code where a copy of it is named by `STARC_SOURCE`, and beside
/// the planning problems that regret is made of.
enum ComparisonBenchmarks {
  static let all = [
    Benchmark("comparison/value-levelling") { try [valueLevelling(32, 4), valueLevelling(128, 8)] },
    Benchmark("comparison/regret") { try [denseRegret("dense-500x10")] + sparseRegrets("garnet-100000x4b5") },
  ]

  /// VAL-2-2 of one pair of rewards by transition on a fresh world, the factorisation included.
  private static func valueLevelling(_ states: Int, _ actions: Int) throws -> Comparison {
    let garnet = Garnet(stateCount: states, actionCount: actions, branching: states, seed: 1)
    let (mdp, _) = try garnet.build(discount: 0.95)
    let rewards = (0..<2).map { k in
      var matrix = Matrix(rowCount: states * actions, columnCount: states)
      for row in 0..<matrix.rowCount {
        for t in 0..<states {
          let mixed: Int = (row * 31 + t * 17 + k * 7 + row * t) % 101
          matrix[row, t] = Double(mixed) / 50 - 1
        }
      }
      return Reward(name: "\(k)", values: .transition(matrix))
    }
    let distance = try RewardDistance(name: "VAL-2-2")
    let alone = try Comparison.measure("\(states)x\(actions), one pair") {
      let world = try ComparisonWorld(mdp)
      return try world.distance(distance, world.admit(rewards[0]), world.admit(rewards[1])).value
    }
    guard let clone = ProcessInfo.processInfo.environment["STARC_SOURCE"] else { return alone }
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Peers/published_value_levelling.py").standardized.path
    let seconds = try published(script, [clone, "\(states)", "\(actions)", "0.95"])
    return Comparison(
      instance: alone.instance, peer: "published Python", ours: alone.ours, theirs: Timing([seconds]), bar: 0.01)
  }

  private struct PeerFailed: Error { let status: Int32 }

  private static func published(_ script: String, _ arguments: [String]) throws -> Double {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", script] + arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0, let seconds = Double(text.trimmingCharacters(in: .whitespacesAndNewlines))
    else { throw PeerFailed(status: process.terminationStatus) }
    return seconds
  }

  private static func instance(_ name: String) throws -> (mdp: MDP, truth: Reward, proxy: Reward) {
    guard let instance = BenchmarkInstance.named(name) else { fatalError("there is no instance \(name)") }
    let (mdp, reward) = try instance.build(discount: 0.99)
    let pairs = try reward.expected(in: mdp).enumerated().map { k, r in r + 0.5 * Double(k &* 7919 % 1009) / 1009 }
    let matrix = try Matrix(rowCount: mdp.stateCount, columnCount: mdp.actionCount, elements: pairs)
    return (mdp, reward, Reward(name: "proxy", values: .pair(matrix)))
  }

  /// Worst-case regret on a fresh world, projections and proof included.
  private static func regret(_ mdp: MDP, _ truth: Reward, _ proxy: Reward) throws -> Double {
    let world = try ComparisonWorld(mdp)
    return try world.worstCaseRegret(of: world.admit(proxy), truth: world.admit(truth)).value
  }

  private static func denseRegret(_ name: String) throws -> Comparison {
    let (mdp, truth, proxy) = try instance(name)
    let problem = try DiscountedProblem(mdp, reward: truth)
    let solver = PolicyIteration(options: SolverOptions(tolerance: .absolute(1e-6)))
    return try .measure(
      name, peer: "one policy iteration", bar: 25, ours: { try regret(mdp, truth, proxy) },
      theirs: { problem.solve(using: solver) })
  }

  /// One true reward against proxies of several kinds: the search has its hardest work where the proxy is near.
  private static func sparseRegrets(_ name: String) throws -> [Comparison] {
    let (mdp, truth, proxy) = try instance(name)
    let (S, A) = (mdp.stateCount, mdp.actionCount)
    let other = try Garnet(stateCount: S, actionCount: A, branching: 1, seed: 77).build(discount: 0.5).reward
    let (p, q) = (try truth.expected(in: mdp), try other.expected(in: mdp))
    let potential = (0..<S).map { Double($0 % 17) - 8 }
    let next = mdp.transitions.expectation(of: potential)
    func reward(_ value: (Int) -> Double) throws -> Reward {
      Reward(name: "proxy", values: .pair(try Matrix(rowCount: S, columnCount: A, elements: (0..<(S * A)).map(value))))
    }
    let proxies: [(String, Reward)] = try [
      ("a bonus", proxy), ("independent", other), ("mixed", reward { p[$0] + q[$0] }),
      ("shaped, 1 % noise", reward { 2 * p[$0] + mdp.discount * next[$0] - potential[$0 / A] + 0.01 * q[$0] }),
      ("1e-6 of noise", reward { p[$0] + 1e-6 * q[$0] }), ("negated", reward { -p[$0] }),
      ("sparse", reward { $0 % 397 == 0 ? 1 : 0 }), ("one state", reward { $0 / A == 17 ? 1 : 0 }),
    ]
    let problem = try DiscountedProblem(mdp, reward: truth)
    return try proxies.map { kind, proxy in
      try .measure(
        "\(name), \(kind)", peer: "one solve", bar: 60, ours: { try regret(mdp, truth, proxy) },
        theirs: { problem.solve() })
    }
  }
}
